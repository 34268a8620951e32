// What one loading of a scenario knows, and its texts with their variables filled in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rtctl/scenario.hpp"
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

/// `unknown WHAT "x"WHERE; did you mean "y"? Allowed are a, b, c`.
std::string not_among(std::string_view what, std::string_view found,
                      const std::vector<std::string>& allowed, std::string_view where = "");

}  // namespace rtctl::scenario
