// Running a scenario: many clients on a schedule, one Summary at the end.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "rtctl/result.hpp"
#include "rtctl/scenario.hpp"
#include "rtctl/summary.hpp"

namespace rtctl {

/// How a run is going, once a second.
struct Progress {
  enum class Phase { warmup, measuring, draining };
  Phase phase = Phase::warmup;
  std::chrono::nanoseconds elapsed{0};  ///< since the begin, warm-up included
  std::chrono::nanoseconds planned{0};  ///< warm-up and duration
  std::uint64_t users = 0;
  std::uint64_t open = 0;  ///< connections
  std::uint64_t events_per_second = 0;
  std::uint64_t requests_per_second = 0;
  std::uint64_t bytes_per_second = 0;
  std::uint64_t errors = 0;  ///< since the warm-up
  std::optional<std::chrono::nanoseconds> p50, p99;
  std::string quantiles_of;  ///< "delivery", "latency" or "first_byte"; "" before there is any
};

/// Which transport the users go through.
enum class Driver {
  automatic,  ///< direct where it can, else curl; each group by itself
  direct,
  curl,
};

/// A part of a distributed run: user and arrival numbers whose remainder by `count` is `index`.
struct RunShare {
  std::uint64_t index = 0;
  std::uint64_t count = 1;
};

struct RunOptions {
  unsigned threads = 0;  ///< 0: one per core
  RunShare share;
  Driver driver = Driver::automatic;
  std::vector<std::string> sources;  ///< local addresses; empty: chosen by need
  std::uint64_t seed = 0;            ///< used when the scenario names none; 0: drawn
  std::chrono::nanoseconds start_in = std::chrono::milliseconds(100);  ///< from now to the begin
  std::function<void(const Progress&)> on_progress;                    ///< on the calling thread
};

/// Runs the scenario to its end and judges its thresholds; a requested stop winds it down early.
/// Blocks. The scenario's target must answer to a connection at the start (ErrorKind::target); what
/// goes wrong later is part of the Summary. Several runs may go on at once on different threads.
Result<Summary> run(const Scenario& scenario, const RunOptions& options = {},
                    std::stop_token stop = {});

/// What a run would need and whether this machine allows it, as a text of several lines.
struct RunPlan {
  std::string text;
  bool fits = true;
  std::string problem;  ///< why it does not fit, with what would
};
Result<RunPlan> plan_run(const Scenario& scenario, const RunOptions& options = {});

}  // namespace rtctl
