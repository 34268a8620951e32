// The JSON body of a POST: read under the limits that hold for every endpoint.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "rtctl/result.hpp"

namespace rtctl::server {

constexpr int kJsonDepthMax = 64;

/// The body's JSON object, keys in their order. Not JSON, not UTF-8, nested deeper than
/// kJsonDepthMax or not an object: an error that says so, for a 400.
Result<nlohmann::ordered_json> parse_object(std::string_view body);

/// The value of the member `key` of the object `body`, which parse_object has taken, as compact
/// JSON: texts without needless escapes, numbers as they were written, so that they keep every
/// digit. Of several members of that name the last counts, as with the parser; "" when there is
/// none.
std::string member_text(std::string_view body, std::string_view key);

/// True if there is a character below U+0020, U+007F or one of U+0080..U+009F in UTF-8.
bool has_control_character(std::string_view utf8);

/// Compact JSON; what is not UTF-8 becomes U+FFFD.
std::string to_json(const nlohmann::ordered_json& value);

}  // namespace rtctl::server
