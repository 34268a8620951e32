#include "report/html_data.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "metrics/measure.hpp"
#include "report/curve.hpp"
#include "report/timeline.hpp"

namespace rtctl::report {
namespace {

using Json = nlohmann::ordered_json;
using metrics::counter;

Json per_second(const SeriesPoint& point, std::uint64_t count) {
  if (point.seconds <= 1) return count;
  return static_cast<double>(count) / point.seconds;
}

/// Without what came while the run was ending: part of a second looks like a breakdown.
std::vector<SeriesPoint> while_measuring(const GroupSummary& group, const Summary& summary) {
  std::vector<SeriesPoint> points;
  const double end = std::chrono::duration<double>(summary.duration).count();
  std::ranges::copy_if(group.series, std::back_inserter(points),
                       [end](const SeriesPoint& point) { return point.second < end; });
  return points;
}

Json series_of(const GroupSummary& group, const std::vector<SeriesPoint>& points) {
  Json json{{"second", Json::array()}, {"users", Json::array()},     {"open", Json::array()},
            {"errors", Json::array()}, {"counters", Json::object()}, {"metrics", Json::object()}};
  for (const SeriesPoint& point : points) {
    json["second"].push_back(point.second);
    json["users"].push_back(point.users);
    json["open"].push_back(point.open);
    json["errors"].push_back(per_second(point, point.errors));
  }
  for (const char* name : {"events", "requests", "reconnects"}) {
    if (counter(group, name) == 0) continue;
    for (const SeriesPoint& point : points)
      json["counters"][name].push_back(per_second(point, count_in(point, name)));
  }
  if (counter(group, "reconnects") + counter(group, "connections_failed") > 0) {
    for (const SeriesPoint& point : points)
      json["counters"]["connecting"].push_back(per_second(point, connecting(point)));
  }
  for (const auto& [name, all] : group.metrics) {
    Json& metric = json["metrics"][name];
    for (const SeriesPoint& point : points) {
      const auto found = point.metrics.find(name);
      const bool has = found != point.metrics.end();
      metric["p50"].push_back(has ? Json(found->second.p50) : Json(nullptr));
      metric["p99"].push_back(has ? Json(found->second.p99) : Json(nullptr));
      metric["max"].push_back(has ? Json(found->second.max) : Json(nullptr));
    }
  }
  return json;
}

Json curves_of(const GroupSummary& group) {
  Json json = Json::object();
  for (const auto& [name, all] : group.metrics) {
    Json points = Json::array();
    for (const CurvePoint& point : percentile_curve(all)) {
      // The maximum would be at infinity; it is drawn where the number of samples ends.
      const double left = point.quantile < 1 ? 1 / (1 - point.quantile)
                                             : std::max(1.0, static_cast<double>(all.count));
      points.push_back({left, point.value});
    }
    json[name] = std::move(points);
  }
  return json;
}

}  // namespace

std::string chart_data(const Summary& summary) {
  Json groups = Json::array();
  const auto add = [&](const GroupSummary& group, std::string_view title) {
    groups.push_back({{"name", title},
                      {"series", series_of(group, while_measuring(group, summary))},
                      {"curves", curves_of(group)}});
  };
  if (summary.groups.size() != 1) add(summary.total, "All groups");
  for (const GroupSummary& group : summary.groups)
    add(group, group.name);
  const std::string json =
      Json{{"groups", std::move(groups)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;  // "</" would end the script element early
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace rtctl::report
