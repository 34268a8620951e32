// `${NAME}` and `${NAME:-default}` in the texts of a scenario.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rtctl/scenario.hpp"

namespace rtctl::scenario {

/// A text cut at its variables: literal, then variable (absent in the last piece).
struct Reference {
  std::string name;
  std::optional<std::string> fallback;
};
struct Fragment {
  std::string literal;
  std::optional<Reference> reference;
};

/// "$${" is a literal "${". An unclosed or malformed variable is an error.
Result<std::vector<Fragment>> split_variables(std::string_view text);

/// What names mean at one place of the scenario.
struct Scope {
  const LoadOptions* options = nullptr;
  const std::vector<Feeder>* feeders = nullptr;
  const std::vector<std::string>* captures = nullptr;  ///< those made so far in this group
};

/// A variable of the run, or nullopt when the name is one for the command line or environment.
/// A feeder's column that does not exist is an error.
Result<std::optional<Variable>> runtime_variable(const std::string& name, const Scope& scope);

/// What --var, the environment or the fallback say; otherwise an error that says how to set it.
Result<std::string> load_time_value(const Reference& reference, const Scope& scope);

}  // namespace rtctl::scenario
