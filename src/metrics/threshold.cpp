#include "metrics/threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/nearest.hpp"
#include "base/units.hpp"
#include "metrics/join.hpp"
#include "metrics/measure.hpp"

namespace rtctl::metrics {
namespace {

constexpr std::size_t kTextMax = 500;

struct Operator {
  std::string_view text;
  Threshold::Comparison comparison;
};

// Longer ones first, so that "<=" is not read as "<".
constexpr std::array kOperators{Operator{"<=", Threshold::Comparison::less_equal},
                                Operator{">=", Threshold::Comparison::greater_equal},
                                Operator{"==", Threshold::Comparison::equal},
                                Operator{"!=", Threshold::Comparison::not_equal},
                                Operator{"<", Threshold::Comparison::less},
                                Operator{">", Threshold::Comparison::greater}};

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

tl::unexpected<Error> not_a_threshold(std::string_view text, std::string_view why) {
  return usage_error(
      fmt::format("\"{}\" is not a threshold: {}; write it like "
                  "\"group:delivery.p99 < 100ms\" or \"errors.rate < 0.1%\"",
                  text.substr(0, kTextMax), why));
}

Result<double> parse_count(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || stop != end || !std::isfinite(value) || value < 0)
    return usage_error(fmt::format("\"{}\" is not a number; write it like \"1000\"", text));
  return value;
}

template <typename T>
Result<double> as_number(const Result<T>& parsed) {
  if (!parsed) return tl::unexpected(parsed.error());
  if constexpr (std::is_same_v<T, Duration>) {
    return static_cast<double>(parsed->count());
  } else {
    return static_cast<double>(*parsed);
  }
}

Result<double> parse_limit(std::string_view text, Unit unit) {
  switch (unit) {
    case Unit::time:
      return as_number(parse_duration(text));
    case Unit::bytes:
      return as_number(parse_size(text));
    case Unit::per_second:
      return parse_rate(text);
    case Unit::share:
      return parse_share(text);
    case Unit::count:
      break;
  }
  return parse_count(text);
}

Result<std::string> check_group(std::string_view name, const std::vector<std::string>& groups) {
  if (std::find(groups.begin(), groups.end(), name) != groups.end()) return std::string(name);
  const std::string near = nearest(name, groups);
  return usage_error(fmt::format("unknown group \"{}\"; groups are {}{}", name, join(groups),
                                 near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
}

Measure measure_of(const Threshold& threshold) {
  const auto measure = find_measure(threshold.metric, threshold.aggregate);
  // A summary of a later version may judge what this one does not know.
  return measure ? *measure : Measure{threshold.metric, threshold.aggregate, Unit::count};
}

bool holds(double measured, Threshold::Comparison comparison, double limit) {
  switch (comparison) {
    case Threshold::Comparison::less:
      return measured < limit;
    case Threshold::Comparison::less_equal:
      return measured <= limit;
    case Threshold::Comparison::greater:
      return measured > limit;
    case Threshold::Comparison::greater_equal:
      return measured >= limit;
    case Threshold::Comparison::equal:
      return measured == limit;
    case Threshold::Comparison::not_equal:
      return measured != limit;
  }
  return false;
}

const GroupSummary* group_of(const Threshold& threshold, const Summary& summary) {
  if (threshold.group.empty()) return &summary.total;
  for (const GroupSummary& group : summary.groups) {
    if (group.name == threshold.group) return &group;
  }
  return nullptr;
}

}  // namespace

Result<Threshold> parse_threshold(std::string_view text, const std::vector<std::string>& groups) {
  const std::string_view whole = trim(text);
  if (whole.empty()) return not_a_threshold(text, "it is empty");
  if (whole.size() > kTextMax) return not_a_threshold(whole, "it is too long");
  const std::size_t at = whole.find_first_of("<>=!");
  if (at == std::string_view::npos) return not_a_threshold(whole, "it has no comparison");
  const auto* found = std::find_if(kOperators.begin(), kOperators.end(), [&](const Operator& op) {
    return whole.substr(at).starts_with(op.text);
  });
  if (found == kOperators.end())
    return not_a_threshold(whole, "the comparisons are < <= > >= == !=");

  Threshold threshold{.check = std::string(whole), .comparison = found->comparison};
  std::string_view left = trim(whole.substr(0, at));
  const std::string_view right = trim(whole.substr(at + found->text.size()));
  if (left.empty()) return not_a_threshold(whole, "nothing is compared");
  if (right.empty()) return not_a_threshold(whole, "there is no value to compare with");
  if (const std::size_t colon = left.find(':'); colon != std::string_view::npos) {
    const auto group = check_group(trim(left.substr(0, colon)), groups);
    if (!group) return tl::unexpected(group.error());
    threshold.group = *group;
    left = trim(left.substr(colon + 1));
  }
  const std::size_t dot = left.find('.');
  const std::string_view aggregate =
      dot == std::string_view::npos ? std::string_view{} : left.substr(dot + 1);
  if (dot != std::string_view::npos && aggregate.empty())
    return not_a_threshold(whole, "there is nothing after the dot");
  const auto measure = find_measure(left.substr(0, dot), aggregate);
  if (!measure) return tl::unexpected(measure.error());
  threshold.metric = measure->name;
  threshold.aggregate = measure->aggregate;
  const auto limit = parse_limit(right, measure->unit);
  if (!limit) return usage_error(fmt::format("{} {}", left, limit.error().message));
  threshold.limit = *limit;
  return threshold;
}

ThresholdResult evaluate(const Threshold& threshold, const Summary& summary) {
  ThresholdResult result{.check = threshold.check};
  const GroupSummary* group = group_of(threshold, summary);
  const Measure measure = measure_of(threshold);
  if (group != nullptr) {
    const double seconds = std::chrono::duration<double>(summary.duration).count();
    result.measured = value_of(measure, *group, seconds);
  }
  if (!result.measured) {
    result.measured_text = group == nullptr ? "no such group" : "no samples";
    return result;
  }
  result.measured_text = format_value(*result.measured, measure.unit);
  result.passed = holds(*result.measured, threshold.comparison, threshold.limit);
  return result;
}

}  // namespace rtctl::metrics

namespace rtctl {

bool judge(Summary& summary) {
  std::vector<ThresholdResult> results;
  for (const Threshold& threshold : summary.thresholds) {
    ThresholdResult result = metrics::evaluate(threshold, summary);
    for (const ThresholdResult& before : summary.results) {
      if (before.check == result.check) result.aborted = before.aborted;
    }
    results.push_back(std::move(result));
  }
  summary.results = std::move(results);
  return std::all_of(summary.results.begin(), summary.results.end(),
                     [](const ThresholdResult& result) { return result.passed; });
}

}  // namespace rtctl
