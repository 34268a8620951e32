// The JSON report: version 1, only ever extended. Times are nanoseconds; a distribution carries its
// buckets, so that reports merge exactly.
#include <nlohmann/json.hpp>

#include "metrics/measure.hpp"
#include "report/comparison.hpp"
#include "report/format.hpp"
#include "report/json.hpp"

namespace rtctl::report {
namespace {

using Json = nlohmann::ordered_json;

Json optional(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(std::string_view name, const Distribution& all) {
  Json json{{"unit", name == "payload" ? "bytes" : "ns"},
            {"count", all.count},
            {"min", all.min},
            {"mean", optional(mean(all))},
            {"stddev", optional(standard_deviation(all))}};
  for (const Percentile& percentile : percentiles()) {
    const auto value = quantile(all, percentile.q);
    json[std::string(percentile.name)] = value ? Json(*value) : Json(nullptr);
  }
  json["max"] = all.max;
  json["sum"] = all.sum;
  json["overflow"] = all.overflow;
  json["scale"] = all.scale;
  json["buckets"] = all.buckets;
  return json;
}

Json to_json(const SeriesPoint& point) {
  Json json{{"second", point.second},   {"seconds", point.seconds}, {"users", point.users},
            {"open", point.open},       {"errors", point.errors},   {"counters", point.counters},
            {"metrics", Json::object()}};
  for (const auto& [name, quantiles] : point.metrics) {
    json["metrics"][name] = {{"count", quantiles.count},
                             {"p50", quantiles.p50},
                             {"p99", quantiles.p99},
                             {"max", quantiles.max}};
  }
  return json;
}

Json to_json(const GroupSummary& group) {
  Json json{{"name", group.name},
            {"kind", group.kind},
            {"uptime", optional(metrics::uptime(group))},
            {"error_rate", optional(metrics::error_rate(group))},
            {"error_count", metrics::error_count(group)},
            {"counters", group.counters},
            {"metrics", Json::object()},
            {"errors", Json::array()},
            {"series", Json::array()}};
  for (const auto& [name, distribution] : group.metrics)
    json["metrics"][name] = to_json(name, distribution);
  for (const ErrorCount& error : group.errors)
    json["errors"].push_back(
        {{"kind", error.kind}, {"count", error.count}, {"example", error.example}});
  for (const SeriesPoint& point : group.series)
    json["series"].push_back(to_json(point));
  return json;
}

Json to_json(const GeneratorHealth& health) {
  return {{"bottleneck", !health.reasons.empty()},
          {"reasons", health.reasons},
          {"threads", health.threads},
          {"cpu_seconds", health.cpu_seconds},
          {"cpu_share", health.cpu_share},
          {"memory_bytes", health.memory_bytes},
          {"descriptors", health.descriptors},
          {"descriptors_limit", health.descriptors_limit},
          {"ports", health.ports},
          {"ports_limit", health.ports_limit},
          {"dropped", health.dropped},
          {"schedule_lag", to_json("schedule_lag", health.schedule_lag)},
          {"loop_lag", to_json("loop_lag", health.loop_lag)}};
}

Json to_json(const Threshold& threshold, const ThresholdResult& result) {
  return {{"check", threshold.check},
          {"passed", result.passed},
          {"measured", optional(result.measured)},
          {"measured_text", result.measured_text},
          {"group", threshold.group},
          {"metric", threshold.metric},
          {"aggregate", threshold.aggregate},
          {"comparison", comparison_text(threshold.comparison)},
          {"limit", threshold.limit},
          {"abort", threshold.abort},
          {"after", threshold.after.count()},
          {"aborted", result.aborted}};
}

}  // namespace

std::string render_json(const Summary& summary) {
  Json json{{"version", 1},
            {"rtctl", summary.version},
            {"name", summary.name},
            {"target", summary.target},
            {"started_at", summary.started_at},
            {"duration", summary.duration.count()},
            {"warmup", summary.warmup.count()},
            {"seed", summary.seed},
            {"driver", summary.driver},
            {"clock_basis", summary.clock_basis},
            {"workers", summary.workers},
            {"interrupted", summary.interrupted},
            {"notes", summary.notes},
            {"passed", passed(summary)},
            {"thresholds", Json::array()},
            {"groups", Json::array()},
            {"total", to_json(summary.total)},
            {"generator", to_json(summary.generator)}};
  for (std::size_t i = 0; i < summary.thresholds.size() && i < summary.results.size(); ++i)
    json["thresholds"].push_back(to_json(summary.thresholds[i], summary.results[i]));
  for (const GroupSummary& group : summary.groups)
    json["groups"].push_back(to_json(group));
  // A peer's text may be anything; what is no UTF-8 is replaced.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string render_json_lines(const Summary& summary) {
  std::string text;
  const auto line = [&](const Json& json) {
    text += json.dump(-1, ' ', false, Json::error_handler_t::replace);
    text += '\n';
  };
  line({{"type", "run"},
        {"version", 1},
        {"rtctl", summary.version},
        {"name", summary.name},
        {"target", summary.target},
        {"started_at", summary.started_at},
        {"duration", summary.duration.count()},
        {"seed", summary.seed},
        {"passed", passed(summary)}});
  for (std::size_t i = 0; i < summary.thresholds.size() && i < summary.results.size(); ++i) {
    Json json{{"type", "threshold"}};
    json.update(to_json(summary.thresholds[i], summary.results[i]));
    line(json);
  }
  const auto group_lines = [&](const GroupSummary& group) {
    Json json = to_json(group);
    for (const Json& point : json["series"]) {
      Json second{{"type", "second"}, {"group", group.name}};
      second.update(point);
      line(second);
    }
    json.erase("series");
    for (auto& [name, metric] : json["metrics"].items())
      metric.erase("buckets");
    Json whole{{"type", "group"}};
    whole.update(json);
    line(whole);
  };
  for (const GroupSummary& group : summary.groups)
    group_lines(group);
  group_lines(summary.total);
  return text;
}

}  // namespace rtctl::report
