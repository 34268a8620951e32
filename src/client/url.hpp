// URLs as far as clients need them: what a user may give, where a redirect leads, who the origin
// is. Parsing is libcurl's, so that what is accepted here is what is connected to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rtctl/result.hpp"

namespace rtctl::client {

struct ParsedUrl {
  std::string url;            ///< absolute http or https, without user, password and fragment
  std::string user_password;  ///< "user:password" decoded, when the URL held them; else empty
};

/// Checks what a user gave as the URL of an endpoint. The error names the text and says what a URL
/// looks like.
Result<ParsedUrl> parse_url(std::string_view text);

/// Where `location` leads from `base` (RFC 3986, section 5.2), fragment dropped. nullopt when that
/// is no http or https URL.
std::optional<std::string> resolve_url(const std::string& base, std::string_view location);

/// "scheme://host:port" in lower case, default ports written out: equal for equal origins
/// (RFC 6454). Empty when `url` cannot be parsed.
std::string origin_of(const std::string& url);

/// `url` with `name=value` added to its query, both form-encoded.
std::string with_query(const std::string& url, std::string_view name, std::string_view value);

}  // namespace rtctl::client
