// What the users of one group on one worker have in common.
#pragma once

#include "engine/ledger.hpp"
#include "engine/schedule.hpp"
#include "engine/site.hpp"

namespace rtctl::engine {

/// Outlives its users. `seed` is the run's, mixed with the group's index: all chances of the
/// group's users come from it.
struct GroupSite {
  Site& site;
  const Group& group;
  Ledger& ledger;
  std::uint64_t seed = 0;

  Loop& loop() const { return site.environment.loop; }
  TimePoint now() const { return site.now(); }
};

/// The chances of one user in the order it needs them; its own whatever the others do.
class UserChance {
 public:
  UserChance(std::uint64_t seed, std::uint64_t user) : seed_(seed), user_(user) {}

  double next() { return chance(seed_, user_, draws_++); }
  Duration next_in(const DurationRange& range) { return drawn(range, next()); }

 private:
  std::uint64_t seed_;
  std::uint64_t user_;
  std::uint64_t draws_ = 0;
};

}  // namespace rtctl::engine
