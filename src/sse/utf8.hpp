// UTF-8 as the Encoding Standard decodes it: what is malformed becomes U+FFFD.
#pragma once

#include <string>
#include <string_view>

namespace rtctl::sse {

/// `text` itself when it is valid UTF-8. Otherwise its repaired form, one U+FFFD for each maximal
/// part of an ill-formed sequence, which is written to `scratch`.
std::string_view repaired(std::string_view text, std::string& scratch);

}  // namespace rtctl::sse
