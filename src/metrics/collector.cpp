#include "metrics/collector.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "metrics/series.hpp"

namespace rtctl::metrics {
namespace {

/// Two hours by second: some 15 MB for each group, and what a chart can show.
constexpr std::size_t kPointsMax = 7200;

/// Counts that are the raw material of a level; the level itself is what a reader wants.
constexpr std::array kLevelCounters{Counter::users_started, Counter::connections_opened,
                                    Counter::connections_closed};

bool feeds_level(Counter counter) {
  return std::find(kLevelCounters.begin(), kLevelCounters.end(), counter) != kLevelCounters.end();
}

/// In these kinds an open connection is a success of its own; elsewhere it only carries requests.
bool holds_streams(std::string_view kind) {
  return kind == "sse" || kind == "flow";
}

/// A level can dip below zero for a second when a user moves between workers' hand-overs.
std::uint64_t difference(std::uint64_t level, std::uint64_t up, std::uint64_t down) {
  return level + up > down ? level + up - down : 0;
}

std::map<std::string, std::uint64_t> counters_of(const Recorder& recorder) {
  std::map<std::string, std::uint64_t> result;
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const auto counter = static_cast<Counter>(i);
    if (const auto n = recorder.count(counter); n != 0) result.emplace(name_of(counter), n);
  }
  return result;
}

SeriesPoint::Quantiles quantiles_of(const Histogram& histogram) {
  const Distribution all = histogram.distribution();
  return {.count = all.count,
          .p50 = quantile(all, 0.5).value_or(0),
          .p99 = quantile(all, 0.99).value_or(0),
          .max = all.max};
}

}  // namespace

Collector::Collector(const std::vector<GroupName>& groups) {
  for (const GroupName& name : groups)
    parts_.push_back({.name = name});
  total_.name.name = "total";
}

void Collector::add(std::size_t index, const Recorder& recorder) {
  RTCTL_CHECK(index < parts_.size());
  parts_[index].second.merge(recorder);
}

void Collector::end_second(Part& part, std::uint32_t second) const {
  const Recorder& now = part.second;
  Levels& levels = part.levels;
  levels.users += now.count(Counter::users_started);
  levels.open = difference(levels.open, now.count(Counter::connections_opened),
                           now.count(Counter::connections_closed));
  levels.users_max = std::max(levels.users_max, levels.users);
  levels.open_max = std::max(levels.open_max, levels.open);
  SeriesPoint point{.second = second,
                    .users = levels.users,
                    .open = levels.open,
                    .counters = counters_of(now),
                    .errors = now.errors_all()};
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto metric = static_cast<Metric>(i);
    if (!now.metric(metric).empty())
      point.metrics.emplace(name_of(metric), quantiles_of(now.metric(metric)));
  }
  append(part.series, std::move(point), step_);
  part.all.merge(now);
}

void Collector::end_second() {
  for (Part& part : parts_) {
    total_.second.merge(part.second);
    end_second(part, second_);
    part.second.clear();
  }
  end_second(total_, second_);
  const Recorder& now = total_.second;
  rates_.events_per_second = now.count(Counter::events);
  rates_.requests_per_second = now.count(Counter::requests);
  rates_.bytes_per_second = now.count(Counter::bytes);
  total_.second.clear();
  ++second_;
  if (total_.series.size() >= kPointsMax) coarsen();
}

/// A run of days keeps a series of a few thousand points, each of them of a longer time.
void Collector::coarsen() {
  step_ *= 2;
  for (Part& part : parts_)
    part.series = coarser(std::move(part.series), step_);
  total_.series = coarser(std::move(total_.series), step_);
}

void Collector::end_warmup() {
  const auto forget = [](Part& part) {
    // The levels live on; what came in since the last whole second must still move them.
    part.levels.users += part.second.count(Counter::users_started);
    part.levels.open = difference(part.levels.open, part.second.count(Counter::connections_opened),
                                  part.second.count(Counter::connections_closed));
    part.levels.users_max = part.levels.users;
    part.levels.open_max = part.levels.open;
    if (holds_streams(part.name.kind)) part.levels.carried = part.levels.open;
    part.all.clear();
    part.second.clear();
    part.series.clear();
  };
  for (Part& part : parts_) {
    total_.second.merge(part.second);
    forget(part);
    total_.levels.carried += part.levels.carried;
  }
  forget(total_);
}

Live Collector::live() const {
  Live live = rates_;
  live.users = total_.levels.users;
  live.open = total_.levels.open;
  live.events = total_.all.count(Counter::events);
  live.requests = total_.all.count(Counter::requests);
  live.errors = total_.all.errors_all();
  for (const Metric metric : {Metric::delivery, Metric::latency, Metric::first_byte}) {
    if (total_.all.metric(metric).empty()) continue;
    const Distribution all = total_.all.metric(metric).distribution();
    live.p50 = quantile(all, 0.5);
    live.p99 = quantile(all, 0.99);
    live.quantiles_of = name_of(metric);
    break;
  }
  return live;
}

GroupSummary Collector::group_summary(const Part& part) {
  GroupSummary result{.name = part.name.name, .kind = part.name.kind};
  Recorder all;
  all.merge(part.all);
  all.merge(part.second);
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto metric = static_cast<Metric>(i);
    if (!all.metric(metric).empty())
      result.metrics.emplace(name_of(metric), all.metric(metric).distribution());
  }
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const auto counter = static_cast<Counter>(i);
    if (!feeds_level(counter) || counter == Counter::connections_opened)
      result.counters.emplace(name_of(counter), all.count(counter));
  }
  // What could have gone wrong: the exchanges, and the streams that were there from the start.
  result.counters["attempts"] = all.count(Counter::requests) + part.levels.carried;
  result.counters["users"] = part.levels.users_max;
  result.counters["connections_open"] = part.levels.open_max;
  for (std::size_t i = 0; i < kErrorCount; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (all.errors(code) != 0)
      result.errors.push_back({std::string(name_of(code)), all.errors(code), all.example(code)});
  }
  std::sort(result.errors.begin(), result.errors.end(),
            [](const ErrorCount& a, const ErrorCount& b) {
              return a.count != b.count ? a.count > b.count : a.kind < b.kind;
            });
  return result;
}

Summary Collector::snapshot() const {
  Summary summary;
  for (const Part& part : parts_)
    summary.groups.push_back(group_summary(part));
  Part total = {.name = total_.name, .levels = total_.levels};
  total.all.merge(total_.all);
  for (const Part& part : parts_)
    total.second.merge(part.second);
  summary.total = group_summary(total);
  return summary;
}

Summary Collector::summary() const {
  Summary summary = snapshot();
  for (std::size_t i = 0; i < parts_.size(); ++i)
    summary.groups[i].series = parts_[i].series;
  summary.total.series = total_.series;
  return summary;
}

}  // namespace rtctl::metrics
