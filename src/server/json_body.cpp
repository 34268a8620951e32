#include "server/json_body.hpp"

#include <algorithm>
#include <string>

namespace rtctl::server {
namespace {

// The parser recurses as deep as the text does, so the depth is known before it runs.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kJsonDepthMax) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

std::string without_escapes(std::string_view quoted) {
  if (quoted.find('\\') == std::string_view::npos) return std::string(quoted);
  return to_json(nlohmann::ordered_json::parse(quoted));
}

/// Walks over the text of valid JSON.
class JsonText {
 public:
  explicit JsonText(std::string_view text) : rest_(text) {}

  /// Over white space and the one `mark`; false when something else comes.
  bool take(char mark) {
    skip_space();
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// A text with its quotes, as it stands there.
  std::string_view string() {
    skip_space();
    std::size_t end = 1;
    while (rest_[end] != '"')
      end += rest_[end] == '\\' ? 2 : 1;
    return taken(end + 1);
  }

  /// Any value, compact.
  std::string value() {
    std::string compact;
    int depth = 0;
    while (true) {
      skip_space();
      const char c = rest_.front();
      if (depth == 0 && (c == ',' || c == '}')) return compact;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (c == '"')
        compact += without_escapes(string());
      else
        compact += taken(1);
    }
  }

 private:
  std::string_view taken(std::size_t count) {
    const std::string_view front = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return front;
  }

  void skip_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }

  std::string_view rest_;
};

// nlohmann's message without its own name and number: "parse error at line 1, column 2: ...".
std::string plain(std::string_view what) {
  const auto end = what.find("] ");
  return std::string(end == std::string_view::npos ? what : what.substr(end + 2));
}

}  // namespace

Result<nlohmann::ordered_json> parse_object(std::string_view body) {
  if (is_too_deep(body)) {
    return usage_error("the JSON body is nested deeper than " + std::to_string(kJsonDepthMax) +
                       " levels");
  }
  // The parser takes a NUL for the end of the text.
  if (body.find('\0') != std::string_view::npos) {
    return usage_error("the body is not JSON: there is a NUL byte in it");
  }
  try {
    auto value = nlohmann::ordered_json::parse(body);
    if (value.is_object()) return value;
    return usage_error("the body must be a JSON object, found " + std::string(value.type_name()));
  } catch (const nlohmann::json::exception& error) {
    return usage_error("the body is not JSON: " + plain(error.what()));
  }
}

std::string member_text(std::string_view body, std::string_view key) {
  JsonText text(body.substr(body.find('{') + 1));  // a byte order mark may stand before it
  std::string found;
  do {
    if (text.take('}')) return found;  // an empty object
    const std::string name = nlohmann::json::parse(text.string()).get<std::string>();
    (void)text.take(':');
    std::string value = text.value();
    if (name == key) found = std::move(value);
  } while (text.take(','));
  return found;
}

bool has_control_character(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

std::string to_json(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace rtctl::server
