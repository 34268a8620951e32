#include "metrics/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/nearest.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "metrics/join.hpp"
#include "metrics/names.hpp"

namespace rtctl::metrics {
namespace {

const std::vector<std::string> kMetricAggregates{"p50", "p90",  "p95",    "p99",   "p99.9", "min",
                                                 "max", "mean", "stddev", "count", "rate"};

/// Counters that are made of others when a run is summed up (metrics/collector.cpp).
const std::vector<std::string> kDerivedCounters{"users", "connections_open", "attempts"};

std::vector<std::string> counter_names() {
  std::vector<std::string> names = kDerivedCounters;
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const auto counter = static_cast<Counter>(i);
    const bool internal =
        counter == Counter::users_started || counter == Counter::connections_closed;
    if (!internal) names.emplace_back(name_of(counter));
  }
  return names;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near);
}

Result<Measure> find_metric(std::string_view name, std::string_view aggregate) {
  Measure measure{std::string(name), std::string(aggregate),
                  name == name_of(Metric::payload) ? Unit::bytes : Unit::time};
  if (aggregate == "count") measure.unit = Unit::count;
  if (aggregate == "rate") measure.unit = Unit::per_second;
  if (percentile_of(aggregate) || contains(kMetricAggregates, aggregate)) return measure;
  if (aggregate.empty()) {
    return usage_error(fmt::format("\"{}\" needs an aggregate, as in \"{}.p99\"; allowed are {}",
                                   name, name, join(kMetricAggregates)));
  }
  return usage_error(fmt::format("\"{}\" is no aggregate of \"{}\"; allowed are {}{}", aggregate,
                                 name, join(kMetricAggregates),
                                 did_you_mean(aggregate, kMetricAggregates)));
}

Result<Measure> find_errors(std::string_view aggregate) {
  if (aggregate == "rate") return Measure{"errors", "rate", Unit::share};
  if (aggregate.empty() || aggregate == "count" || error_code_of(aggregate))
    return Measure{"errors", std::string(aggregate), Unit::count};
  std::vector<std::string> known{"count", "rate"};
  for (std::size_t i = 0; i < kErrorCount; ++i)
    known.emplace_back(name_of(static_cast<ErrorCode>(i)));
  return usage_error(
      fmt::format("\"{}\" is neither an aggregate nor a kind of \"errors\"; allowed "
                  "are {}{}",
                  aggregate, join(known), did_you_mean(aggregate, known)));
}

Result<Measure> find_counter(std::string_view name, std::string_view aggregate) {
  const bool is_time = name == name_of(Counter::time_open) || name == name_of(Counter::time_wanted);
  const bool is_bytes = name == name_of(Counter::bytes);
  const Unit unit = is_time ? Unit::time : is_bytes ? Unit::bytes : Unit::count;
  if (aggregate.empty() || aggregate == "count")
    return Measure{std::string(name), std::string(aggregate), unit};
  if (aggregate == "rate" && !is_time && !contains(kDerivedCounters, name))
    return Measure{std::string(name), "rate", Unit::per_second};
  return usage_error(
      fmt::format("\"{}\" is no aggregate of the counter \"{}\"; allowed are count, "
                  "rate",
                  aggregate, name));
}

std::optional<double> value_of_metric(const Measure& measure, const GroupSummary& group,
                                      double seconds) {
  const auto found = group.metrics.find(measure.name);
  const Distribution none;
  const Distribution& all = found == group.metrics.end() ? none : found->second;
  if (measure.aggregate == "count") return static_cast<double>(all.count);
  if (measure.aggregate == "rate")
    return seconds > 0 ? std::optional(static_cast<double>(all.count) / seconds) : std::nullopt;
  if (all.count == 0) return std::nullopt;
  if (measure.aggregate == "min") return static_cast<double>(all.min);
  if (measure.aggregate == "max") return static_cast<double>(all.max);
  if (measure.aggregate == "mean") return mean(all);
  if (measure.aggregate == "stddev") return standard_deviation(all);
  return static_cast<double>(*quantile(all, *percentile_of(measure.aggregate)));
}

std::optional<double> value_of_errors(const Measure& measure, const GroupSummary& group) {
  if (measure.aggregate == "rate") return error_rate(group);
  if (measure.aggregate.empty() || measure.aggregate == "count")
    return static_cast<double>(error_count(group));
  for (const ErrorCount& error : group.errors) {
    if (error.kind == measure.aggregate) return static_cast<double>(error.count);
  }
  return 0;
}

}  // namespace

std::optional<double> percentile_of(std::string_view aggregate) {
  if (aggregate.size() < 2 || aggregate.front() != 'p') return std::nullopt;
  double percent = 0;
  const char* end = aggregate.data() + aggregate.size();
  const auto [stop, error] =
      std::from_chars(aggregate.data() + 1, end, percent, std::chars_format::fixed);
  if (error != std::errc{} || stop != end || !(percent >= 0 && percent <= 100)) return std::nullopt;
  return percent / 100;
}

std::vector<std::string> measure_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    names.emplace_back(name_of(static_cast<Metric>(i)));
  names.insert(names.end(), {"errors", "uptime"});
  for (std::string& name : counter_names())
    names.push_back(std::move(name));
  return names;
}

Result<Measure> find_measure(std::string_view name, std::string_view aggregate) {
  if (metric_of(name)) return find_metric(name, aggregate);
  if (name == "errors") return find_errors(aggregate);
  if (name == "uptime") {
    if (aggregate.empty()) return Measure{"uptime", "", Unit::share};
    return usage_error(
        fmt::format("\"uptime\" has no aggregate \"{}\"; write it alone", aggregate));
  }
  if (contains(counter_names(), name)) return find_counter(name, aggregate);
  const std::vector<std::string> known = measure_names();
  return usage_error(fmt::format("unknown metric \"{}\"; known are {}{}", name, join(known),
                                 did_you_mean(name, known)));
}

std::optional<double> value_of(const Measure& measure, const GroupSummary& group, double seconds) {
  if (metric_of(measure.name)) return value_of_metric(measure, group, seconds);
  if (measure.name == "errors") return value_of_errors(measure, group);
  if (measure.name == "uptime") return uptime(group);
  const auto count = static_cast<double>(counter(group, measure.name));
  if (measure.aggregate != "rate") return count;
  return seconds > 0 ? std::optional(count / seconds) : std::nullopt;
}

std::string format_value(double value, Unit unit) {
  switch (unit) {
    case Unit::time:
      return format_latency(Duration(std::llround(value)));
    case Unit::bytes:
      return format_size(static_cast<std::uint64_t>(std::llround(value)));
    case Unit::per_second:
      return value < 10 ? fmt::format("{:.2f}/s", value) : fmt::format("{:.1f}/s", value);
    case Unit::share: {
      // 99.9996 % must not read as 100 %, nor 0.0004 % as 0 %.
      const double percent = value * 100;
      const double from_end = std::min(std::abs(percent), std::abs(100 - percent));
      const int decimals = from_end == 0 ? 0 : from_end >= 0.01 ? 2 : 5;
      std::string text = fmt::format("{:.{}f}", percent, decimals);
      // "99.9950" says no more than "99.995".
      while (decimals > 2 && text.ends_with('0'))
        text.pop_back();
      return text + "%";
    }
    case Unit::count:
      break;
  }
  return fmt::format("{}", static_cast<std::int64_t>(std::llround(value)));
}

std::uint64_t counter(const GroupSummary& group, std::string_view name) {
  const auto found = group.counters.find(std::string(name));
  return found == group.counters.end() ? 0 : found->second;
}

std::uint64_t error_count(const GroupSummary& group) {
  std::uint64_t all = 0;
  for (const ErrorCount& error : group.errors)
    all += error.count;
  return all;
}

std::optional<double> error_rate(const GroupSummary& group) {
  // One stream can fail more than once, so errors may outnumber attempts; a share is at most 1.
  const std::uint64_t errors = error_count(group);
  const std::uint64_t attempts = std::max(counter(group, "attempts"), errors);
  if (attempts == 0) return std::nullopt;
  return static_cast<double>(errors) / static_cast<double>(attempts);
}

bool nothing_succeeded(const GroupSummary& total) {
  std::uint64_t successes = 0;
  for (const char* name : {"http_2xx", "http_3xx", "events", "iterations"})
    successes += counter(total, name);
  if (successes > 0) return false;
  // Without an error either, somebody may still wait for the first answer, or for the next event.
  const bool has_run = !total.counters.empty();
  return !total.errors.empty() || (has_run && counter(total, "connections_open") == 0);
}

std::optional<double> uptime(const GroupSummary& group) {
  const std::uint64_t wanted = counter(group, name_of(Counter::time_wanted));
  if (wanted == 0) return std::nullopt;
  const std::uint64_t open = counter(group, name_of(Counter::time_open));
  return std::min(1.0, static_cast<double>(open) / static_cast<double>(wanted));
}

}  // namespace rtctl::metrics
