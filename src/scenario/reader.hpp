// Reads the YAML tree against the spec: every key known, every value of its type, problems noted
// with their place.
#pragma once

#include <optional>
#include <string>

#include "scenario/context.hpp"
#include "scenario/spec.hpp"

namespace rtctl::scenario {

/// One mapping of the file. Unknown keys are problems as soon as it is made.
class ObjectReader {
 public:
  ObjectReader(Context& context, const Node& node, const Object& object);

  bool has(std::string_view key) const { return node_of(key) != nullptr; }
  /// The value's node, or null; the key must be in the spec.
  const Node* node_of(std::string_view key) const;
  /// Where the key stands; the mapping's own place when it is not there.
  Position position_of(std::string_view key) const;
  Position position() const { return node_.at; }

  /// Each leaves `out` alone when the key is absent or wrong.
  void read(std::string_view key, std::string& out) const;
  void read(std::string_view key, nanoseconds& out) const;
  void read(std::string_view key, DurationRange& out) const;
  void read(std::string_view key, bool& out) const;
  void read_count(std::string_view key, std::uint64_t& out, std::uint64_t max) const;
  void read_size(std::string_view key, std::uint64_t& out) const;  ///< sizes and size rates
  void read_number(std::string_view key, double& out) const;       ///< numbers, rates, shares
  void read_range(std::string_view key, double& from, double& to) const;
  void read_template(std::string_view key, Template& out) const;
  std::optional<std::size_t> read_choice(std::string_view key) const;  ///< index into choices

  /// A problem at the key's value (or at the mapping when there is none).
  void problem(std::string_view key, const std::string& message) const;

  Context& context() const { return context_; }

 private:
  const Key& key_of(std::string_view key) const;
  std::optional<std::string> text_of(std::string_view key) const;

  Context& context_;
  const Node& node_;
  const Object& object_;
};

}  // namespace rtctl::scenario
