// One value out of a JSON text without reading the rest into memory: what the load test does with
// every event.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rtctl::engine {

/// A JSON pointer (RFC 6901), taken apart once and used for every event.
class JsonPath {
 public:
  /// "" is the whole text; otherwise it starts with "/". Anything else finds nothing.
  explicit JsonPath(std::string_view pointer);

  /// The value's own text inside `json` (strings with their quotes), or nullopt when it is not
  /// there or the text is broken before it. What comes after the value is not looked at. Allocates
  /// nothing.
  std::optional<std::string_view> find(std::string_view json) const;

 private:
  std::vector<std::string> tokens_;
  bool is_valid_ = true;
};

/// The text of a JSON string without its quotes, or of any other scalar as it is. Escapes stay as
/// they are: time stamps and numbers have none.
std::string_view unquoted(std::string_view value);

}  // namespace rtctl::engine
