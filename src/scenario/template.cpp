#include "scenario/template.hpp"

#include <cctype>

namespace rtctl::scenario {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_json_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHexDigits[byte >> 4U];
      out += kHexDigits[byte & 15U];
    } else {
      out += c;
    }
  }
}

/// RFC 3986 unreserved characters stay; everything else is percent-encoded, "/" included, so that a
/// value never becomes a path of its own.
void append_url_encoded(std::string_view text, std::string& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += static_cast<char>(std::toupper(kHexDigits[byte >> 4U]));
      out += static_cast<char>(std::toupper(kHexDigits[byte & 15U]));
    }
  }
}

void append(const Value& value, Template::Form form, std::string& out) {
  switch (form) {
    case Template::Form::text:
      out += value.text;
      return;
    case Template::Form::url:
      return append_url_encoded(value.text, out);
    case Template::Form::json_string:
      return append_json_escaped(value.text, out);
    case Template::Form::json_value:
      if (value.is_json) {
        out += value.text;
        return;
      }
      out += '"';
      append_json_escaped(value.text, out);
      out += '"';
      return;
  }
}

}  // namespace

void expand(const Template& text, const Values& values, std::string& out) {
  for (const Template::Piece& piece : text.pieces) {
    out += piece.literal;
    if (piece.variable) append(values.value(*piece.variable), piece.form, out);
  }
}

Template literal(std::string text) {
  Template result;
  if (!text.empty()) result.pieces.push_back({.literal = std::move(text)});
  return result;
}

}  // namespace rtctl::scenario
