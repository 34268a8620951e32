// Percent-encoding (RFC 3986, section 2.1).
#pragma once

#include <string>
#include <string_view>

namespace rtctl::server {

/// Encodes all but the unreserved characters of section 2.3, so that the result fits into any part
/// of a URL and into a cookie's value.
std::string percent_encoded(std::string_view text);

}  // namespace rtctl::server
