// The load generator looks at itself: whether what was measured was the target or its own limits.
#pragma once

#include <vector>

#include "engine/capacity.hpp"
#include "engine/worker.hpp"
#include "rtctl/summary.hpp"

namespace rtctl::engine {

/// Belongs to the run's loop.
class GeneratorWatch {
 public:
  GeneratorWatch(std::size_t threads, std::size_t sources, const Limits& limits);

  /// A page of one worker, and how long it took the worker to fill.
  void add(std::size_t thread, const Page& page);

  /// Looks at memory and descriptors of the process. Once a second.
  void sample();

  /// Forgets what was before: the warm-up.
  void restart();

  /// `measured` is how long has been measured, `dropped` how many arrivals were.
  GeneratorHealth health(Duration measured, std::uint64_t dropped) const;

 private:
  std::vector<Duration> cpu_;
  std::size_t sources_;
  Limits limits_;
  metrics::Histogram schedule_lag_;
  metrics::Histogram loop_lag_;
  std::uint64_t memory_bytes_ = 0;
  std::uint64_t descriptors_ = 0;
  unsigned samples_ = 0;
};

/// Why the generator was the bottleneck, in whole sentences; empty when it was not. Pure.
std::vector<std::string> bottlenecks(const GeneratorHealth& health);

}  // namespace rtctl::engine
