// What a run measured: the one value that thresholds judge and that every report is made from.
// Plain data; two summaries merge exactly, because distributions travel as histograms.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rtctl/result.hpp"

namespace rtctl {

/// A histogram at rest: only the buckets that hold something. What one recorded value means is
/// nanoseconds, or bytes where the metric is `payload`. Buckets have 3 significant digits above
/// `scale` (1000: whole microseconds; 1: whole bytes).
struct Distribution {
  std::uint64_t scale = 1000;
  std::uint64_t count = 0;     ///< samples, those over the range included
  std::uint64_t overflow = 0;  ///< samples above the last bucket (1 h); they count in `max` too
  std::uint64_t sum = 0;
  std::uint64_t min = 0;  ///< exact; 0 when there are no samples
  std::uint64_t max = 0;  ///< exact
  /// (bucket index, samples), ascending; metrics/buckets.hpp says which values a bucket holds.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> buckets;

  bool operator==(const Distribution&) const = default;
};

/// Smallest value that at least `q` (0 to 1) of the samples do not exceed, within 0.1 % or one
/// `scale`; nullopt when there are no samples.
std::optional<std::uint64_t> quantile(const Distribution& distribution, double q);

/// Nullopt when there are no samples. The deviation is that of the population, from the buckets.
std::optional<double> mean(const Distribution& distribution);
std::optional<double> standard_deviation(const Distribution& distribution);

/// Exact: the result is what one histogram of all samples would be.
void merge(Distribution& into, const Distribution& other);

/// How often something went wrong, with the first text seen. `kind` is a name of contract section 4
/// (dns, connect, tls, timeout, idle, reset, http_4xx, ...).
struct ErrorCount {
  std::string kind;
  std::uint64_t count = 0;
  std::string example;

  bool operator==(const ErrorCount&) const = default;
};

/// One second of a group; in a run of over two hours several. Counts are of that time; levels are
/// as of its end. Quantiles are nanoseconds (bytes for `payload`); where points become one the
/// larger one is kept, as both were seen.
struct SeriesPoint {
  struct Quantiles {
    std::uint64_t count = 0;
    std::uint64_t p50 = 0;
    std::uint64_t p99 = 0;
    std::uint64_t max = 0;

    bool operator==(const Quantiles&) const = default;
  };

  std::uint32_t second = 0;   ///< since the start of the run, warm-up included
  std::uint32_t seconds = 1;  ///< that the point is of
  std::uint64_t users = 0;
  std::uint64_t open = 0;
  std::map<std::string, std::uint64_t> counters;  ///< by name, only those that are not 0
  std::uint64_t errors = 0;
  std::map<std::string, Quantiles> metrics;  ///< by name, only those with samples

  bool operator==(const SeriesPoint&) const = default;
};

/// One group of users, or all of them together. Names of metrics and counters are those of
/// metrics/names.hpp; names that this version does not know are kept when files are read.
struct GroupSummary {
  std::string name;
  std::string kind;  ///< sse, poll, chat, feed, request, flow; "" for all groups together
  std::map<std::string, Distribution> metrics;
  std::map<std::string, std::uint64_t> counters;  ///< times (open, wanted) in nanoseconds
  std::vector<ErrorCount> errors;                 ///< most frequent first
  std::vector<SeriesPoint> series;                ///< ascending by second

  bool operator==(const GroupSummary&) const = default;
};

/// How the generator itself fared. Sums over workers where not said otherwise.
struct GeneratorHealth {
  Distribution schedule_lag;  ///< actual minus planned start
  Distribution loop_lag;      ///< how late the loops' own timers ran
  std::uint32_t threads = 0;
  double cpu_seconds = 0;
  double cpu_share = 0;  ///< of the busiest thread, 0 to 1 (largest)
  std::uint64_t memory_bytes = 0;
  std::uint64_t descriptors = 0;        ///< most that were open at once
  std::uint64_t descriptors_limit = 0;  ///< 0: unknown
  std::uint64_t ports = 0;              ///< local ports in use at most
  std::uint64_t ports_limit = 0;        ///< 0: unknown
  std::uint64_t dropped = 0;            ///< arrivals that were due and could not be started
  /// Why the generator was the bottleneck, in whole sentences; empty when it was not.
  std::vector<std::string> reasons;

  bool operator==(const GeneratorHealth&) const = default;
};

/// A condition on a summary: `subscribers:delivery.p99 < 100ms`. Made by parse_threshold
/// (metrics/threshold.hpp), which knows the names and checks the units.
struct Threshold {
  enum class Comparison { less, less_equal, greater, greater_equal, equal, not_equal };

  std::string check;      ///< as it was written
  std::string group;      ///< "" means all groups together
  std::string metric;     ///< a metric or a counter
  std::string aggregate;  ///< p99, max, rate, ...; "" for a bare counter
  Comparison comparison = Comparison::less;
  double limit = 0;  ///< nanoseconds, bytes, per second, a share of 1, or a plain number
  bool abort = false;
  std::chrono::nanoseconds after{0};  ///< `abort` looks at it only from then on
  /// Where the scenario states it, for messages: "file:line:column"; may be empty.
  std::string where;

  bool operator==(const Threshold&) const = default;
};

struct ThresholdResult {
  std::string check;
  bool passed = false;
  std::optional<double> measured;  ///< in the unit of the limit; nullopt: nothing was measured
  std::string measured_text;       ///< as a person reads it: "87.1ms", "0.02%", "no samples"
  bool aborted = false;            ///< this one ended the run

  bool operator==(const ThresholdResult&) const = default;
};

/// Everything about one run (or several merged). `total` is made from the groups.
struct Summary {
  std::string name;        ///< of the scenario
  std::string target;      ///< base URL
  std::string version;     ///< of rtctl
  std::string started_at;  ///< RFC 3339, UTC, microseconds
  std::uint64_t seed = 0;
  std::chrono::nanoseconds duration{0};  ///< measured part, warm-up and drain excluded
  std::chrono::nanoseconds warmup{0};
  std::string driver;       ///< "direct", "curl"
  std::string clock_basis;  ///< of `delivery`: "same host", "offset 1.2ms +- 0.3ms", "none"
  std::uint32_t workers = 1;
  bool interrupted = false;        ///< ended before its time, by a signal or a threshold
  std::vector<std::string> notes;  ///< what a reader must know: a lost worker, sources used
  std::vector<GroupSummary> groups;
  GroupSummary total;
  GeneratorHealth generator;
  std::vector<Threshold> thresholds;
  std::vector<ThresholdResult> results;  ///< one per threshold, same order

  bool operator==(const Summary&) const = default;
};

/// Adds `other` to `into`: groups meet by name, histograms and counters add up, series meet by
/// second, thresholds are the union. Durations: the longer one, as merged runs ran side by side.
/// Judges the thresholds again. Groups of one name but different kinds are an error.
Result<void> merge(Summary& into, const Summary& other);

/// Looks at every threshold of the summary and fills `results`. True when all passed.
bool judge(Summary& summary);

}  // namespace rtctl
