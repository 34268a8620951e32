// Reads the YAML tree against the spec: every key known, every value of its type, problems noted
// with their place.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rtctl/scenario.hpp"
#include "scenario/spec.hpp"
#include "scenario/variables.hpp"
#include "scenario/yaml.hpp"

namespace rtctl::scenario {

/// One loading of one scenario: the inputs, and what is wrong so far. Readers go on after a
/// problem; the one that stands first in the file is reported.
class Context {
 public:
  Context(std::string name, const LoadOptions& options);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void problem(Position at, const std::string& message);
  void unknown_key(Position at, const std::string& message);
  bool has_problem() const { return first_.has_value(); }
  const Error& error() const { return *first_; }

  const std::string& name() const { return name_; }
  const LoadOptions& options() const { return options_; }
  /// Path of a file that the scenario names.
  std::string path_of(const std::string& file) const;

  std::vector<Feeder> feeders;
  std::vector<std::string> group_names;
  /// Captures made so far in the group at hand; null outside of flows.
  std::vector<std::string>* captures = nullptr;

  Scope scope() const { return {&options_, &feeders, captures}; }

 private:
  std::string name_;
  LoadOptions options_;
  void take(std::pair<int, Position> rank, const std::string& message);

  std::optional<Error> first_;
  std::pair<int, Position> first_rank_;
};

/// The text of a scalar with the command line's and the environment's variables filled in; a
/// runtime variable in it is a problem. Nullopt after a problem.
std::optional<std::string> read_text(Context& context, const Node& node, std::string_view what);

/// A text with runtime variables, for `form` (paths: url, but a variable that comes first is taken
/// as it is).
std::optional<Template> read_template(Context& context, const Node& node, std::string_view what,
                                      Template::Form form);

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

/// `unknown WHAT "x"WHERE; did you mean "y"? Allowed are a, b, c`.
std::string not_among(std::string_view what, std::string_view found,
                      const std::vector<std::string>& allowed, std::string_view where = "");

}  // namespace rtctl::scenario
