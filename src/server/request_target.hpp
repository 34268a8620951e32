// The request target: its four forms, percent-decoding, and the query (RFC 9112, section 3.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rtctl/result.hpp"

namespace rtctl::server {

struct RequestTarget {
  std::string path;  ///< decoded, begins with "/"; "*" for the asterisk form
  std::vector<std::pair<std::string, std::string>> query;
};

/// Reads origin-form, absolute-form (http and https), asterisk-form (OPTIONS only) and
/// authority-form (CONNECT only). Percent-encoding must be whole, and decode to UTF-8 without NUL.
Result<RequestTarget> parse_request_target(std::string_view method, std::string_view target);

/// application/x-www-form-urlencoded: pairs in order; nullopt when it is not valid UTF-8 or a
/// percent sign is not followed by two hex digits.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text);

/// True when `text` is UTF-8 as RFC 3629 has it (no surrogates, nothing overlong).
bool is_utf8(std::string_view text);

}  // namespace rtctl::server
