// One group of the scenario on one worker: starts its users when they are due, and ends them.
#pragma once

#include <memory>
#include <vector>

#include "engine/flow_plan.hpp"
#include "engine/group_site.hpp"
#include "engine/share.hpp"
#include "engine/stream_user.hpp"
#include "engine/user.hpp"
#include "metrics/histogram.hpp"

namespace rtctl::engine {

/// Belongs to the worker's loop.
class GroupRun {
 public:
  /// `index` is the group's in the scenario; `recorder` is where its users write first; `lag` is
  /// where the lateness of planned starts goes.
  GroupRun(Site& site, std::size_t index, Share share, metrics::Recorder& recorder,
           metrics::Histogram& lag);

  void start();
  void wind_down();
  bool is_done() const;
  void stop();

  Ledger& ledger() { return ledger_; }

 private:
  void plan_next_user();
  void start_due_users();
  std::unique_ptr<User> make_user(std::uint64_t index);
  void disconnect();

  Ledger ledger_;
  GroupSite site_;
  Share share_;
  metrics::Histogram* lag_;
  std::unique_ptr<StreamPlan> stream_plan_;  ///< of a group of streams
  std::unique_ptr<FlowPlan> flow_plan_;      ///< of a flow
  std::vector<std::unique_ptr<User>> users_;
  std::uint64_t next_user_;
  Timer ramp_;
  Timer disconnection_;
};

}  // namespace rtctl::engine
