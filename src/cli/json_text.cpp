#include "cli/json_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace rtctl::cli {

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t plain_from = 0;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const auto byte = static_cast<unsigned char>(text[index]);
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F) continue;
    out.append(text.substr(plain_from, index - plain_from));
    plain_from = index + 1;
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    }
  }
  out.append(text.substr(plain_from)) += '"';
}

}  // namespace rtctl::cli
