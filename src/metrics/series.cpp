#include "metrics/series.hpp"

#include <algorithm>
#include <map>

namespace rtctl::metrics {
namespace {

/// Counts and quantiles; levels are the caller's.
void add(SeriesPoint& into, const SeriesPoint& other) {
  into.errors += other.errors;
  for (const auto& [name, count] : other.counters)
    into.counters[name] += count;
  for (const auto& [name, quantiles] : other.metrics) {
    SeriesPoint::Quantiles& mine = into.metrics[name];
    mine.count += quantiles.count;
    mine.p50 = std::max(mine.p50, quantiles.p50);
    mine.p99 = std::max(mine.p99, quantiles.p99);
    mine.max = std::max(mine.max, quantiles.max);
  }
}

}  // namespace

void append(std::vector<SeriesPoint>& series, SeriesPoint point, std::uint32_t step) {
  if (series.empty() || series.back().second / step != point.second / step) {
    series.push_back(std::move(point));
    return;
  }
  SeriesPoint& last = series.back();
  add(last, point);
  last.seconds += point.seconds;
  last.users = point.users;
  last.open = point.open;
}

std::vector<SeriesPoint> coarser(std::vector<SeriesPoint> series, std::uint32_t step) {
  if (step <= 1) return series;
  std::vector<SeriesPoint> result;
  for (SeriesPoint& point : series)
    append(result, std::move(point), step);
  return result;
}

std::uint32_t step_of(const std::vector<SeriesPoint>& series) {
  std::uint32_t step = 1;
  for (const SeriesPoint& point : series)
    step = std::max(step, point.seconds);
  return step;
}

std::vector<SeriesPoint> side_by_side(std::vector<SeriesPoint> one,
                                      std::vector<SeriesPoint> other) {
  const std::uint32_t step = std::max(step_of(one), step_of(other));
  std::map<std::uint32_t, SeriesPoint> by_step;
  for (SeriesPoint& point : coarser(std::move(one), step)) {
    const std::uint32_t place = point.second / step;
    by_step.emplace(place, std::move(point));
  }
  for (SeriesPoint& point : coarser(std::move(other), step)) {
    const auto [at, is_new] = by_step.try_emplace(point.second / step, point);
    if (is_new) continue;
    add(at->second, point);
    at->second.seconds = std::max(at->second.seconds, point.seconds);
    at->second.users += point.users;
    at->second.open += point.open;
  }
  std::vector<SeriesPoint> result;
  for (auto& [place, point] : by_step)
    result.push_back(std::move(point));
  return result;
}

}  // namespace rtctl::metrics
