#include "scenario/context.hpp"

#include <fmt/format.h>

#include "base/nearest.hpp"
#include "metrics/join.hpp"

namespace rtctl::scenario {
namespace {

/// Joins what `fragments` say: load-time variables become literals, runtime ones stay.
std::optional<Template> resolve(Context& context, Position at, std::string_view what,
                                const std::vector<Fragment>& fragments, Template::Form form) {
  Template result;
  std::string literal;
  bool good = true;
  for (const Fragment& fragment : fragments) {
    literal += fragment.literal;
    if (!fragment.reference) continue;
    const auto variable = runtime_variable(fragment.reference->name, context.scope());
    if (!variable) {
      context.problem(at, fmt::format("{} {}", what, variable.error().message));
      good = false;
    } else if (*variable) {
      result.pieces.push_back({std::move(literal), **variable, form});
      literal.clear();
    } else if (const auto value = load_time_value(*fragment.reference, context.scope())) {
      literal += *value;
    } else {
      context.problem(at, value.error().message);
      good = false;
    }
  }
  if (!good) return std::nullopt;
  if (!literal.empty()) result.pieces.push_back({.literal = std::move(literal)});
  return result;
}

std::optional<std::vector<Fragment>> fragments_of(Context& context, const Node& node,
                                                  std::string_view what) {
  if (node.kind != Node::Kind::scalar) {
    context.problem(node.at,
                    fmt::format("{} must be a single value, not {}", what, describe(node)));
    return std::nullopt;
  }
  auto fragments = split_variables(node.text);
  if (!fragments) {
    context.problem(node.at, fmt::format("{} {}", what, fragments.error().message));
    return std::nullopt;
  }
  return std::move(*fragments);
}

}  // namespace

std::string not_among(std::string_view what, std::string_view found,
                      const std::vector<std::string>& allowed, std::string_view where) {
  const std::string near = nearest(found, allowed);
  return fmt::format(
      "unknown {} \"{}\"{}; {} {}", what, found, where,
      near.empty() ? "allowed are" : fmt::format("did you mean \"{}\"? Allowed are", near),
      metrics::join(allowed));
}

Context::Context(std::string name, const LoadOptions& options)
    : name_(std::move(name)), options_(options) {}

void Context::problem(Position at, const std::string& message) {
  take({1, at}, message);
}

void Context::unknown_key(Position at, const std::string& message) {
  take({0, at}, message);
}

void Context::take(std::pair<int, Position> rank, const std::string& message) {
  if (first_ && first_rank_ <= rank) return;
  first_ = error_at(name_, rank.second, message);
  first_rank_ = rank;
}

std::string Context::path_of(const std::string& file) const {
  if (options_.directory.empty() || file.starts_with('/')) return file;
  return options_.directory + "/" + file;
}

std::optional<std::string> read_text(Context& context, const Node& node, std::string_view what) {
  const auto fragments = fragments_of(context, node, what);
  if (!fragments) return std::nullopt;
  const auto result = resolve(context, node.at, what, *fragments, Template::Form::text);
  if (!result) return std::nullopt;
  if (!result->is_constant()) {
    context.problem(node.at, fmt::format("{} is fixed when the run starts; \"{}\" changes while it "
                                         "is under way",
                                         what, node.text));
    return std::nullopt;
  }
  return result->pieces.empty() ? "" : result->pieces.front().literal;
}

std::optional<Template> read_template(Context& context, const Node& node, std::string_view what,
                                      Template::Form form) {
  const auto fragments = fragments_of(context, node, what);
  if (!fragments) return std::nullopt;
  auto result = resolve(context, node.at, what, *fragments, form);
  // A path that begins with a variable is one that was captured or fed, slashes and all.
  if (result && form == Template::Form::url && !result->pieces.empty() &&
      result->pieces.front().literal.empty())
    result->pieces.front().form = Template::Form::text;
  return result;
}

}  // namespace rtctl::scenario
