// What one worker writes down about one group.
//
// How the engine uses it: a worker owns two vectors of Recorders (one Recorder per group of the
// scenario, same order) and writes into the one that is current. Once a second it posts the full
// one to the run's loop, goes on with the other, and gets the first back cleared:
//
//   recorders_[g].add(Counter::events);
//   recorders_[g].record(Metric::delivery, received_at - sent_at);
//   recorders_[g].fail(ErrorCode::reset, "connection reset by peer");
//
// If the other has not come back yet it simply keeps the current one for another second. The run
// feeds what it gets to a Collector (metrics/collector.hpp).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/histogram.hpp"
#include "metrics/names.hpp"

namespace rtctl::metrics {

/// Not thread-safe: belongs to one worker, or to the run, at a time. Adding is an array index and
/// an addition; memory is allocated only when a range of values or a kind of error is first seen.
class Recorder {
 public:
  Recorder();

  void record(Metric metric, Duration time) { histogram(metric).record(time); }
  void record_payload(std::uint64_t bytes) { histogram(Metric::payload).record_value(bytes); }

  void add(Counter counter, std::uint64_t n = 1) {
    counters_[static_cast<std::size_t>(counter)] += n;
  }

  /// Time that a stream was open or should have been.
  void add_time(Counter counter, Duration time) {
    if (time.count() > 0) add(counter, static_cast<std::uint64_t>(time.count()));
  }

  /// Counts an answer's status by class, and a 304 as not_modified too. Whether it is an error is
  /// the caller's to say.
  void add_status(int status);

  /// Counts an error and keeps the first text of its kind (at most 300 bytes).
  void fail(ErrorCode code, std::string_view detail);

  std::uint64_t count(Counter counter) const {
    return counters_[static_cast<std::size_t>(counter)];
  }
  std::uint64_t errors(ErrorCode code) const { return errors_[static_cast<std::size_t>(code)]; }
  std::uint64_t errors_all() const;
  const std::string& example(ErrorCode code) const {
    return examples_[static_cast<std::size_t>(code)];
  }
  const Histogram& metric(Metric metric) const {
    return histograms_[static_cast<std::size_t>(metric)];
  }

  void forget(Counter counter) { counters_[static_cast<std::size_t>(counter)] = 0; }

  /// Exact. Examples: the first one stays.
  void merge(const Recorder& other);

  /// Forgets everything, keeps the memory; examples too, so that a kind allocates once.
  void clear();

 private:
  Histogram& histogram(Metric metric) { return histograms_[static_cast<std::size_t>(metric)]; }

  std::array<Histogram, kMetricCount> histograms_;
  std::array<std::uint64_t, kCounterCount> counters_{};
  std::array<std::uint64_t, kErrorCount> errors_{};
  std::array<std::string, kErrorCount> examples_;
};

}  // namespace rtctl::metrics
