#include "engine/json_scan.hpp"

#include <charconv>

namespace rtctl::engine {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

/// Walks over one JSON text. After the first thing that is not JSON every step fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) { skip_space(); }

  std::string_view rest() const { return rest_; }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(char expected) {
    if (peek() != expected) return false;
    rest_.remove_prefix(1);
    skip_space();
    return true;
  }

  /// A string with its quotes; empty when there is none.
  std::string_view string() {
    if (peek() != '"') return {};
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"')
      end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) return {};
    return advance(end + 1);
  }

  /// Any value; empty when there is none.
  std::string_view value() {
    const char first = peek();
    if (first == '"') return string();
    if (first == '{' || first == '[') return container();
    const std::size_t end = rest_.find_first_of(",]} \t\r\n");
    return advance(end == std::string_view::npos ? rest_.size() : end);
  }

 private:
  /// An object or array, by counting brackets outside of strings.
  std::string_view container() {
    const std::string_view from = rest_;
    int depth = 0;
    while (!rest_.empty()) {
      if (peek() == '"') {
        if (string().empty()) return {};
        continue;
      }
      if (peek() == '{' || peek() == '[') ++depth;
      if (peek() == '}' || peek() == ']') --depth;
      rest_.remove_prefix(1);
      if (depth == 0) {
        const std::string_view found = from.substr(0, from.size() - rest_.size());
        skip_space();
        return found;
      }
    }
    return {};
  }

  std::string_view advance(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    skip_space();
    return taken;
  }

  void skip_space() {
    const std::size_t at = rest_.find_first_not_of(kSpace);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
  }

  std::string_view rest_;
};

bool enter_member(Scanner& scanner, std::string_view name) {
  if (!scanner.take('{')) return false;
  while (true) {
    const std::string_view key = scanner.string();
    if (key.empty() || !scanner.take(':')) return false;
    if (unquoted(key) == name) return true;
    if (scanner.value().empty() || !scanner.take(',')) return false;
  }
}

bool enter_element(Scanner& scanner, std::string_view token) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size() || !scanner.take('['))
    return false;
  for (std::size_t i = 0; i < index; ++i)
    if (scanner.value().empty() || !scanner.take(',')) return false;
  return scanner.peek() != ']';
}

std::string unescaped(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      text += token[++i] == '1' ? '/' : '~';
    } else {
      text += token[i];
    }
  }
  return text;
}

}  // namespace

JsonPath::JsonPath(std::string_view pointer) {
  if (!pointer.empty() && pointer.front() != '/') is_valid_ = false;
  while (is_valid_ && !pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = pointer.find('/');
    tokens_.push_back(unescaped(pointer.substr(0, end)));
    pointer.remove_prefix(end == std::string_view::npos ? pointer.size() : end);
  }
}

std::optional<std::string_view> JsonPath::find(std::string_view json) const {
  if (!is_valid_) return std::nullopt;
  Scanner scanner(json);
  for (const std::string& token : tokens_) {
    const bool is_array = scanner.peek() == '[';
    if (is_array ? !enter_element(scanner, token) : !enter_member(scanner, token))
      return std::nullopt;
  }
  const std::string_view value = scanner.value();
  if (value.empty()) return std::nullopt;
  return value;
}

std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"') return value.substr(1, value.size() - 2);
  return value;
}

}  // namespace rtctl::engine
