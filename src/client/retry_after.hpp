// The Retry-After header field (RFC 9110, section 10.2.3).
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace rtctl::client {

/// Seconds or an HTTP-date, as a wait from `now` on; a date in the past is zero, more than a year
/// counts as a year. nullopt for anything else.
std::optional<Duration> parse_retry_after(std::string_view value, WallTime now);

}  // namespace rtctl::client
