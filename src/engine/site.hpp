// What all users of one worker have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time_format.hpp"
#include "client/environment.hpp"
#include "rtctl/scenario.hpp"

namespace rtctl::engine {

/// One per worker; outlives its users.
struct Site {
  client::Environment environment;
  const Scenario& scenario;
  std::uint64_t seed = 0;
  TimePoint begin;                   ///< of the run, warm-up included; the same for all workers
  std::vector<std::string> sources;  ///< local addresses to connect from; empty: any
  std::string target;                ///< base of relative paths; differs from the scenario's when
                                     ///< a proxy stands in between
  Duration clock_offset{};           ///< the target's wall clock minus ours

  TimePoint now() const { return environment.loop.now(); }

  /// The target's wall clock at one of our instants.
  WallTime wall_at(TimePoint at) const {
    return std::chrono::time_point_cast<std::chrono::microseconds>(wall_base + (at - steady_base));
  }

  /// Takes both clocks together. Once a second: the wall clock may be stepped or slewed.
  void read_clocks() {
    steady_base = environment.loop.now();
    wall_base = environment.loop.wall_now() + clock_offset;
  }

  std::chrono::sys_time<Duration> wall_base{};
  TimePoint steady_base{};
};

}  // namespace rtctl::engine
