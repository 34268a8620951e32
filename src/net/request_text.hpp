// Requests as HTTP/1.1 writes them (RFC 9112, section 3).
#pragma once

#include <string>
#include <string_view>

#include "net/transport.hpp"

namespace rtctl::net {

/// What every request to one origin has.
struct RequestDefaults {
  std::string host;           ///< "example.org" or "[::1]:8080", without the scheme's own port
  std::string authorization;  ///< "Basic ..." or empty
};

/// Replaces `out` by the whole request. `target` is path and query.
void write_request(const Request& request, std::string_view target, const RequestDefaults& defaults,
                   std::string& out);

/// The value of an Authorization header for "user:password" (RFC 7617).
std::string basic_authorization(std::string_view user_password);

/// Whether a request may be sent again when its connection died before an answer (RFC 9110, section
/// 9.2.2).
bool is_idempotent(std::string_view method);

}  // namespace rtctl::net
