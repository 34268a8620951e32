// Requests that arrive whatever the answers do: `kind: request` with `rate:` or `stages:`.
#pragma once

#include <memory>
#include <vector>

#include "client/request.hpp"
#include "engine/group_site.hpp"
#include "engine/share.hpp"
#include "engine/user.hpp"
#include "engine/verdict.hpp"
#include "metrics/histogram.hpp"

namespace rtctl::engine {

/// All arrivals of one open group on one worker. A connection that is free is used again, else one
/// more is opened; arrivals over the group's `concurrency_max` are dropped and counted. Latency
/// counts from the planned instant, so a late start of ours is part of it, and is known as our own
/// lag.
class Arrivals final : public User {
 public:
  /// `lag` is where the lateness of starts goes.
  Arrivals(GroupSite& site, Share share, metrics::Histogram& lag);
  ~Arrivals() override;

  void start() override;
  void wind_down() override;
  bool is_done() const override { return under_way_ == 0; }
  void stop() override;

 private:
  class Slot;

  void take_next();
  void arm();
  void start_due();
  void launch(const ArrivalSchedule::Arrival& arrival);
  void finish(Slot& slot);

  GroupSite* site_;
  Share share_;
  metrics::Histogram* lag_;
  ArrivalSchedule schedule_;
  ArrivalSchedule::Arrival next_;
  TimePoint begin_;
  Timer timer_;
  std::uint64_t concurrency_max_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;  ///< last in, first out: what was used last is warm
  std::uint64_t under_way_ = 0;
  bool is_constant_;
};

}  // namespace rtctl::engine
