// When things are due: pure functions of the plan and an index. They know no clock and keep no
// state, so the same seed gives the same instants on any number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "rtctl/scenario.hpp"

namespace rtctl::engine {

/// When user `index` of `users` starts, after its group does: evenly over the ramp, the first at
/// once. `users` > 0.
Duration user_start(Duration ramp_up, std::uint64_t index, std::uint64_t users);

/// When request `round` of a user with that interval is planned, after the user's start. Rounds
/// keep to the grid whatever the answers do; `jitter` (0 to 1) moves each one by at most that share
/// of the interval to either side, `chance` (0 to 1, exclusive) says where to. Never
/// before the start.
Duration interval_start(Duration interval, double jitter, std::uint64_t round, double chance);

/// The fixed share of the interval by which user `index` begins later than its start, so that the
/// users of a group do not ask all at once.
Duration interval_phase(Duration interval, std::uint64_t index, std::uint64_t users);

/// How many arrivals the stages plan in all.
double arrivals_in(const std::vector<Stage>& stages);

/// When the `count`-th arrival (0 is the first; fractions are allowed) is due after the start of
/// the stages, or Duration::max() when they end before. The rate goes linearly through each stage.
Duration arrival_at(const std::vector<Stage>& stages, double count);

/// The instants of an open group, one after the other. Constant: arrival i is where the planned
/// number of arrivals reaches i. Poisson: the same with exponential distances (a Poisson process
/// stretched in time), so stages shape both alike.
class ArrivalSchedule {
 public:
  ArrivalSchedule(std::vector<Stage> stages, Group::Arrivals arrivals, std::uint64_t seed)
      : stages_(std::move(stages)), arrivals_(arrivals), seed_(seed) {}

  struct Arrival {
    std::uint64_t index = 0;
    Duration start{};  ///< Duration::max(): there are no more
  };

  Arrival next();

 private:
  std::vector<Stage> stages_;
  Group::Arrivals arrivals_;
  std::uint64_t seed_;
  std::uint64_t index_ = 0;
  double count_ = 0;
};

/// A number in [0, 1) that depends on nothing but its arguments: the `draw`-th chance of user
/// `user`. Method: SplitMix64 (Steele, Lea, Flood 2014) over the mixed arguments.
double chance(std::uint64_t seed, std::uint64_t user, std::uint64_t draw);

/// Evenly from the range.
Duration drawn(const DurationRange& range, double chance);

}  // namespace rtctl::engine
