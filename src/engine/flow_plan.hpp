// What the users of a flow share: the measuring plans of its stream steps.
#pragma once

#include <map>

#include "engine/stream_plan.hpp"

namespace rtctl::engine {

/// One per group and worker; outlives its users.
class FlowPlan {
 public:
  explicit FlowPlan(const GroupSite& site) { add(site, site.group.steps); }

  /// `step` is an sse step of the group.
  StreamPlan& stream_plan(const Step& step) { return plans_.at(&step); }

 private:
  void add(const GroupSite& site, const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      if (step.kind == Step::Kind::sse) plans_.try_emplace(&step, site, step);
      add(site, step.steps);
    }
  }

  std::map<const Step*, StreamPlan> plans_;
};

}  // namespace rtctl::engine
