// YAML as a tree that knows where everything stands: aliases and `<<` resolved, sizes bounded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rtctl/result.hpp"

namespace rtctl::scenario {

/// Counted from 1, as editors do.
struct Position {
  int line = 1;
  int column = 1;

  // clang-tidy 14 takes the generated comparison with 0 for a pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  auto operator<=>(const Position&) const = default;
};

struct Node;
using NodePtr = std::shared_ptr<const Node>;  // shared: an alias is the anchor's node once more

struct Node {
  enum class Kind { null, scalar, sequence, map };
  struct Entry {
    std::string key;
    Position at;  ///< of the key
    NodePtr value;
  };

  Kind kind = Kind::null;
  Position at;
  std::string text;     ///< scalar
  bool quoted = false;  ///< scalar: it is text, whatever it looks like
  std::vector<NodePtr> items;
  std::vector<Entry> entries;  ///< map: own entries first, then those of `<<`
  std::uint64_t size = 1;      ///< nodes below and including this one, aliases counted in full

  /// The value under `key`, or null.
  const Node* find(std::string_view key) const;
};

/// "a list", "text", "a mapping", "nothing": for messages.
std::string_view describe(const Node& node);

/// "name:line:column: message".
Error error_at(const std::string& name, Position at, std::string_view message);

/// Exactly one document of at most 1 MiB, 64 levels and 100,000 nodes (aliases counted as often as
/// they are used). Duplicate keys, keys that are no text, custom tags and invalid UTF-8 are errors.
Result<NodePtr> parse_yaml(std::string_view text, const std::string& name);

}  // namespace rtctl::scenario
