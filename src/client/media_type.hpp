// The Content-Type header field, as far as clients judge by it.
#pragma once

#include <string>
#include <string_view>

namespace rtctl::client {

/// The essence of a media type: "type/subtype" in lower case, without parameters and white space.
std::string media_type_of(std::string_view content_type);

}  // namespace rtctl::client
