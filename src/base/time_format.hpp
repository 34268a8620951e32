// Points in time as text: RFC 3339 with microseconds (JSON bodies) and HTTP-date (RFC 9110, 5.6.7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rtctl {

/// "2026-01-31T12:00:00.123456Z": always UTC, always six digits.
std::string format_rfc3339(WallTime time);

/// RFC 3339 / ISO 8601 date-time: "T" or a space, fraction of any length (cut to microseconds), "Z"
/// or an offset; a date alone is its midnight in UTC. nullopt for anything else.
std::optional<WallTime> parse_rfc3339(std::string_view text);

/// IMF-fixdate, whole seconds: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(WallTime time);

/// All three forms that RFC 9110 makes a recipient accept. nullopt for anything else.
std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace rtctl
