// Reading a JSON report back. The file may come from anywhere: every count is checked before it is
// believed.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metrics/buckets.hpp"
#include "report/comparison.hpp"
#include "report/report.hpp"

namespace rtctl::report {
namespace {

using Json = nlohmann::json;

/// What is wrong, on its way from deep inside to parse_json, which alone catches it.
struct Wrong {
  std::string message;
};

/// The member, or `fallback` when it is absent: later versions may add and rename, never remove.
template <typename T>
T get(const Json& json, const char* key, T fallback = {}) {
  const auto at = json.find(key);
  if (at == json.end() || at->is_null()) return fallback;
  return at->get<T>();
}

std::uint64_t count_of(const Json& json, const char* key) {
  const auto at = json.find(key);
  if (at == json.end()) return 0;
  if (!at->is_number_unsigned())
    throw Wrong{fmt::format("\"{}\" must be a whole number, not {}", key, at->dump())};
  return at->get<std::uint64_t>();
}

const Json& object_at(const Json& json, const char* key) {
  static const Json kEmpty = Json::object();
  const auto at = json.find(key);
  if (at == json.end()) return kEmpty;
  if (!at->is_object()) throw Wrong{fmt::format("\"{}\" must be an object", key)};
  return *at;
}

const Json& array_at(const Json& json, const char* key) {
  static const Json kEmpty = Json::array();
  const auto at = json.find(key);
  if (at == json.end()) return kEmpty;
  if (!at->is_array()) throw Wrong{fmt::format("\"{}\" must be an array", key)};
  return *at;
}

Distribution distribution_of(const std::string& name, const Json& json) {
  Distribution all{.scale = count_of(json, "scale"),
                   .count = count_of(json, "count"),
                   .overflow = count_of(json, "overflow"),
                   .sum = count_of(json, "sum"),
                   .min = count_of(json, "min"),
                   .max = count_of(json, "max")};
  const std::uint64_t scale = name == "payload" ? 1 : 1000;
  if (all.scale != scale) throw Wrong{fmt::format("the scale of \"{}\" must be {}", name, scale)};
  std::uint64_t samples = all.overflow;
  for (const Json& pair : array_at(json, "buckets")) {
    const auto [bucket, count] = pair.get<std::pair<std::uint32_t, std::uint64_t>>();
    if (bucket >= metrics::kBuckets || (!all.buckets.empty() && bucket <= all.buckets.back().first))
      throw Wrong{fmt::format("the buckets of \"{}\" are not in order", name)};
    all.buckets.emplace_back(bucket, count);
    samples += count;
  }
  if (samples != all.count || all.min > all.max)
    throw Wrong{fmt::format("the buckets of \"{}\" hold {} samples, where {} are claimed", name,
                            samples, all.count)};
  return all;
}

std::map<std::string, std::uint64_t> counters_of(const Json& json) {
  std::map<std::string, std::uint64_t> counters;
  for (const auto& [name, value] : json.items())
    counters[name] = count_of(json, name.c_str());
  return counters;
}

SeriesPoint point_of(const Json& json) {
  SeriesPoint point{.second = get<std::uint32_t>(json, "second"),
                    .users = count_of(json, "users"),
                    .open = count_of(json, "open"),
                    .counters = counters_of(object_at(json, "counters")),
                    .errors = count_of(json, "errors")};
  if (json.contains("seconds")) point.seconds = std::max(1U, get<std::uint32_t>(json, "seconds"));
  for (const auto& [name, value] : object_at(json, "metrics").items())
    point.metrics[name] = {.count = count_of(value, "count"),
                           .p50 = count_of(value, "p50"),
                           .p99 = count_of(value, "p99"),
                           .max = count_of(value, "max")};
  return point;
}

GroupSummary group_of(const Json& json) {
  GroupSummary group{.name = get<std::string>(json, "name"),
                     .kind = get<std::string>(json, "kind"),
                     .counters = counters_of(object_at(json, "counters"))};
  for (const auto& [name, value] : object_at(json, "metrics").items())
    group.metrics[name] = distribution_of(name, value);
  for (const Json& error : array_at(json, "errors"))
    group.errors.push_back({get<std::string>(error, "kind"), count_of(error, "count"),
                            get<std::string>(error, "example")});
  for (const Json& point : array_at(json, "series"))
    group.series.push_back(point_of(point));
  return group;
}

GeneratorHealth health_of(const Json& json) {
  GeneratorHealth health{.threads = get<std::uint32_t>(json, "threads"),
                         .cpu_seconds = get<double>(json, "cpu_seconds"),
                         .cpu_share = get<double>(json, "cpu_share"),
                         .memory_bytes = count_of(json, "memory_bytes"),
                         .descriptors = count_of(json, "descriptors"),
                         .descriptors_limit = count_of(json, "descriptors_limit"),
                         .ports = count_of(json, "ports"),
                         .ports_limit = count_of(json, "ports_limit"),
                         .dropped = count_of(json, "dropped"),
                         .reasons = get<std::vector<std::string>>(json, "reasons")};
  if (json.contains("schedule_lag"))
    health.schedule_lag = distribution_of("schedule_lag", json["schedule_lag"]);
  if (json.contains("loop_lag")) health.loop_lag = distribution_of("loop_lag", json["loop_lag"]);
  return health;
}

void take_threshold(const Json& json, Summary& summary) {
  Threshold threshold{.check = get<std::string>(json, "check"),
                      .group = get<std::string>(json, "group"),
                      .metric = get<std::string>(json, "metric"),
                      .aggregate = get<std::string>(json, "aggregate"),
                      .limit = get<double>(json, "limit"),
                      .abort = get<bool>(json, "abort"),
                      .after = std::chrono::nanoseconds(get<std::int64_t>(json, "after"))};
  const auto comparison = comparison_of(get<std::string>(json, "comparison"));
  if (!comparison)
    throw Wrong{fmt::format("threshold \"{}\" has no known comparison", threshold.check)};
  threshold.comparison = *comparison;
  ThresholdResult result{.check = threshold.check,
                         .passed = get<bool>(json, "passed"),
                         .measured_text = get<std::string>(json, "measured_text"),
                         .aborted = get<bool>(json, "aborted")};
  if (json.contains("measured") && json["measured"].is_number())
    result.measured = json["measured"].get<double>();
  summary.thresholds.push_back(std::move(threshold));
  summary.results.push_back(std::move(result));
}

Summary summary_of(const Json& json) {
  if (!json.is_object() || !json.contains("version") || !json.contains("groups"))
    throw Wrong{"not a report of rtctl (\"version\" and \"groups\" are missing)"};
  if (json["version"] != 1)
    throw Wrong{fmt::format("version {} is not known here; this is rtctl {}",
                            json["version"].dump(), RTCTL_VERSION)};
  Summary summary{.name = get<std::string>(json, "name"),
                  .target = get<std::string>(json, "target"),
                  .version = get<std::string>(json, "rtctl"),
                  .started_at = get<std::string>(json, "started_at"),
                  .seed = count_of(json, "seed"),
                  .duration = std::chrono::nanoseconds(get<std::int64_t>(json, "duration")),
                  .warmup = std::chrono::nanoseconds(get<std::int64_t>(json, "warmup")),
                  .driver = get<std::string>(json, "driver"),
                  .clock_basis = get<std::string>(json, "clock_basis"),
                  .workers = get<std::uint32_t>(json, "workers", 1),
                  .interrupted = get<bool>(json, "interrupted"),
                  .notes = get<std::vector<std::string>>(json, "notes")};
  for (const Json& group : array_at(json, "groups"))
    summary.groups.push_back(group_of(group));
  summary.total = group_of(object_at(json, "total"));
  summary.generator = health_of(object_at(json, "generator"));
  for (const Json& threshold : array_at(json, "thresholds"))
    take_threshold(threshold, summary);
  return summary;
}

}  // namespace

Result<Summary> parse_json(std::string_view text, const std::string& name) {
  try {
    return summary_of(Json::parse(text));
  } catch (const Wrong& wrong) {
    return usage_error(fmt::format("{}: {}", name, wrong.message));
  } catch (const Json::parse_error& error) {
    return usage_error(fmt::format("{}: not JSON (at byte {})", name, error.byte));
  } catch (const Json::exception& error) {
    const std::string_view what = error.what();
    return usage_error(fmt::format("{}: not a report of rtctl: {}", name,
                                   what.substr(std::min(what.size(), what.find("] ") + 2))));
  }
}

}  // namespace rtctl::report
