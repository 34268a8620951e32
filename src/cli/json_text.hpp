// Writing JSON strings without building JSON values.
#pragma once

#include <string>
#include <string_view>

namespace rtctl::cli {

/// Appends `text`, which must be UTF-8, as a JSON string with its quotes (RFC 8259, section 7).
void append_json_string(std::string_view text, std::string& out);

}  // namespace rtctl::cli
