#include "scenario/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/nearest.hpp"
#include "metrics/join.hpp"

namespace rtctl::scenario {
namespace {

bool is_name(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

std::vector<std::string> runtime_names(const Scope& scope) {
  std::vector<std::string> names{"user.index", "iteration", "now"};
  if (scope.captures != nullptr)
    names.insert(names.end(), scope.captures->begin(), scope.captures->end());
  if (scope.feeders != nullptr) {
    for (const Feeder& feeder : *scope.feeders) {
      for (const std::string& column : feeder.columns)
        names.push_back(feeder.name + "." + column);
    }
  }
  return names;
}

tl::unexpected<Error> unknown_column(const Feeder& feeder, std::string_view column) {
  const std::string near = nearest(column, feeder.columns);
  return usage_error(fmt::format("\"{}\" has no column \"{}\"; it has {}{}", feeder.name, column,
                                 metrics::join(feeder.columns),
                                 near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
}

std::optional<std::string> from_environment(const std::string& name, const LoadOptions& options) {
  if (options.environment) return options.environment(name);
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

Result<std::vector<Fragment>> split_variables(std::string_view text) {
  std::vector<Fragment> fragments;
  std::string literal;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      literal += "${";
      text.remove_prefix(3);
      continue;
    }
    if (!text.starts_with("${")) {
      literal += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos)
      return usage_error(fmt::format("\"{}\" has no closing brace", text.substr(0, 60)));
    const std::string_view inside = text.substr(2, end - 2);
    const std::size_t colon = inside.find(":-");
    Reference reference{.name = std::string(inside.substr(0, colon))};
    if (colon != std::string_view::npos) reference.fallback = inside.substr(colon + 2);
    if (!is_name(reference.name)) {
      return usage_error(
          fmt::format("\"${{{}}}\" is not a variable; write it like \"${{NAME}}\" or "
                      "\"${{NAME:-default}}\", and \"$${{\" for the characters",
                      inside.substr(0, 60)));
    }
    fragments.push_back({std::move(literal), std::move(reference)});
    literal.clear();
    text.remove_prefix(end + 1);
  }
  if (!literal.empty() || fragments.empty())
    fragments.push_back({std::move(literal), std::nullopt});
  return fragments;
}

Result<std::optional<Variable>> runtime_variable(const std::string& name, const Scope& scope) {
  using Kind = Variable::Kind;
  if (name == "user.index") return Variable{.kind = Kind::user_index};
  if (name == "iteration") return Variable{.kind = Kind::iteration};
  if (name == "now") return Variable{.kind = Kind::now};
  if (scope.captures != nullptr) {
    const auto at = std::find(scope.captures->begin(), scope.captures->end(), name);
    if (at != scope.captures->end()) {
      const auto slot = static_cast<std::uint32_t>(at - scope.captures->begin());
      return Variable{.kind = Kind::capture, .capture = slot};
    }
  }
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos || scope.feeders == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < scope.feeders->size(); ++i) {
    const Feeder& feeder = (*scope.feeders)[i];
    if (feeder.name != name.substr(0, dot)) continue;
    const std::string column = name.substr(dot + 1);
    const auto at = std::find(feeder.columns.begin(), feeder.columns.end(), column);
    if (at == feeder.columns.end()) return unknown_column(feeder, column);
    return Variable{.kind = Kind::feeder,
                    .feeder = static_cast<std::uint32_t>(i),
                    .column = static_cast<std::uint32_t>(at - feeder.columns.begin())};
  }
  return std::nullopt;
}

Result<std::string> load_time_value(const Reference& reference, const Scope& scope) {
  const auto given = scope.options->variables.find(reference.name);
  if (given != scope.options->variables.end()) return given->second;
  if (auto value = from_environment(reference.name, *scope.options)) return *value;
  if (reference.fallback) return *reference.fallback;
  const std::string near = nearest(reference.name, runtime_names(scope));
  return usage_error(fmt::format(
      "unknown variable \"{}\"; set it with --var {}=... or in the environment, or give a default "
      "as in \"${{{}:-value}}\"{}",
      reference.name, reference.name, reference.name,
      near.empty() ? "" : fmt::format("; did you mean \"${{{}}}\"?", near)));
}

}  // namespace rtctl::scenario
