// Whether bytes are UTF-8, as everything that is parsed and sent again must be.
#pragma once

#include <string_view>

namespace rtctl::scenario {

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace rtctl::scenario
