// Two summaries become one.
#include <fmt/format.h>

#include <algorithm>

#include "metrics/series.hpp"
#include "rtctl/summary.hpp"

namespace rtctl {
namespace {

/// Counts of one name add up.
void add(std::map<std::string, std::uint64_t>& into,
         const std::map<std::string, std::uint64_t>& other) {
  for (const auto& [name, count] : other)
    into[name] += count;
}

void add(std::vector<ErrorCount>& into, const std::vector<ErrorCount>& other) {
  for (const ErrorCount& error : other) {
    const auto same = std::find_if(into.begin(), into.end(), [&](const ErrorCount& candidate) {
      return candidate.kind == error.kind;
    });
    if (same == into.end()) {
      into.push_back(error);
    } else {
      same->count += error.count;
      if (same->example.empty()) same->example = error.example;
    }
  }
  std::sort(into.begin(), into.end(), [](const ErrorCount& a, const ErrorCount& b) {
    return a.count != b.count ? a.count > b.count : a.kind < b.kind;
  });
}

Result<void> add(GroupSummary& into, const GroupSummary& other) {
  for (const auto& [name, distribution] : other.metrics) {
    const auto [mine, is_new] = into.metrics.try_emplace(name, distribution);
    if (is_new) continue;
    if (mine->second.scale != distribution.scale) {
      return usage_error(
          fmt::format("\"{}\" of group \"{}\" is measured in steps of {} in one file "
                      "and {} in the other",
                      name, into.name, mine->second.scale, distribution.scale));
    }
    merge(mine->second, distribution);
  }
  add(into.counters, other.counters);
  add(into.errors, other.errors);
  into.series = metrics::side_by_side(std::move(into.series), other.series);
  return {};
}

Result<void> add(std::vector<GroupSummary>& into, const std::vector<GroupSummary>& other) {
  for (const GroupSummary& group : other) {
    const auto same = std::find_if(into.begin(), into.end(), [&](const GroupSummary& candidate) {
      return candidate.name == group.name;
    });
    if (same == into.end()) {
      into.push_back(group);
      continue;
    }
    if (same->kind != group.kind) {
      return usage_error(fmt::format("group \"{}\" is of kind {} in one file and {} in the other",
                                     group.name, same->kind, group.kind));
    }
    if (auto added = add(*same, group); !added) return added;
  }
  return {};
}

void add(GeneratorHealth& into, const GeneratorHealth& other) {
  merge(into.schedule_lag, other.schedule_lag);
  merge(into.loop_lag, other.loop_lag);
  into.threads += other.threads;
  into.cpu_seconds += other.cpu_seconds;
  into.cpu_share = std::max(into.cpu_share, other.cpu_share);
  into.memory_bytes += other.memory_bytes;
  into.descriptors += other.descriptors;
  into.descriptors_limit += other.descriptors_limit;
  into.ports += other.ports;
  into.ports_limit += other.ports_limit;
  into.dropped += other.dropped;
  for (const std::string& reason : other.reasons)
    if (std::ranges::find(into.reasons, reason) == into.reasons.end())
      into.reasons.push_back(reason);
}

/// "a" and "b" become "a; b", equal ones stay.
void add_text(std::string& into, const std::string& other) {
  if (other.empty() || into == other) return;
  into = into.empty() ? other : fmt::format("{}; {}", into, other);
}

template <typename T, typename Same>
void add_missing(std::vector<T>& into, const std::vector<T>& other, Same same) {
  for (const T& item : other) {
    if (std::none_of(into.begin(), into.end(), [&](const T& mine) { return same(mine, item); }))
      into.push_back(item);
  }
}

}  // namespace

Result<void> merge(Summary& into, const Summary& other) {
  Summary sum = into;  // so that an error leaves `into` as it was
  if (auto added = add(sum.groups, other.groups); !added) return added;
  if (auto added = add(sum.total, other.total); !added) return added;
  add(sum.generator, other.generator);
  add_text(sum.name, other.name);
  add_text(sum.target, other.target);
  add_text(sum.version, other.version);
  add_text(sum.driver, other.driver);
  add_text(sum.clock_basis, other.clock_basis);
  if (sum.started_at.empty() || (!other.started_at.empty() && other.started_at < sum.started_at))
    sum.started_at = other.started_at;
  sum.duration = std::max(sum.duration, other.duration);
  sum.warmup = std::max(sum.warmup, other.warmup);
  sum.workers += other.workers;
  sum.interrupted = sum.interrupted || other.interrupted;
  add_missing(sum.notes, other.notes, std::equal_to<>());
  const auto same_check = [](const auto& a, const auto& b) { return a.check == b.check; };
  add_missing(sum.thresholds, other.thresholds, same_check);
  add_missing(sum.results, other.results, same_check);
  judge(sum);
  into = std::move(sum);
  return {};
}

}  // namespace rtctl
