// Following redirects: which request comes next, and which of its headers may go along.
#pragma once

#include <optional>
#include <string_view>

#include "net/transport.hpp"

namespace rtctl::client {

inline constexpr int kRedirectsMax = 10;

/// 301, 302, 303, 307 and 308; other 3xx are answers like any other.
bool is_redirect(int status);

/// The request that follows `request` when it was answered by `status` with that `Location`. 301
/// and 302 turn POST into GET, 303 everything but HEAD, 307 and 308 keep method and body (RFC 9110,
/// section 15.4). Towards another origin Authorization, Cookie, Proxy-Authorization and Host stay
/// behind.
/// nullopt when the location is no http or https URL.
std::optional<net::Request> redirected(const net::Request& request, int status,
                                       std::string_view location);

}  // namespace rtctl::client
