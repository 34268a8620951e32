#include "engine/group_run.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "engine/arrivals.hpp"
#include "engine/chat_user.hpp"
#include "engine/feed_user.hpp"
#include "engine/flow_user.hpp"
#include "engine/poll_user.hpp"
#include "engine/request_user.hpp"

namespace rtctl::engine {
namespace {

/// So many users begin before the loop looks at its sockets again (opening one takes some 50 us).
constexpr int kStartsAtOnce = 64;

}  // namespace

GroupRun::GroupRun(Site& site, std::size_t index, Share share, metrics::Recorder& recorder,
                   metrics::Histogram& lag)
    : ledger_(recorder),
      site_{.site = site,
            .group = site.scenario.groups[index],
            .ledger = ledger_,
            .seed = site.seed + index * 0x9E3779B97F4A7C15U},
      share_(share),
      lag_(&lag),
      next_user_(share.index) {
  if (site_.group.kind == Group::Kind::sse) stream_plan_ = std::make_unique<StreamPlan>(site_);
  if (site_.group.kind == Group::Kind::flow) flow_plan_ = std::make_unique<FlowPlan>(site_);
}

void GroupRun::start() {
  const Group& group = site_.group;
  if (!group.stages.empty()) {
    users_.push_back(std::make_unique<Arrivals>(site_, share_, *lag_));
    return users_.back()->start();
  }
  users_.reserve(group.users / share_.count + 1);
  plan_next_user();
  if (group.disconnect)
    disconnection_ =
        site_.loop().at(site_.site.begin + group.disconnect->at, [this] { disconnect(); });
}

void GroupRun::plan_next_user() {
  const Group& group = site_.group;
  if (next_user_ >= group.users) return;
  const TimePoint due = site_.site.begin + user_start(group.ramp_up, next_user_, group.users);
  ramp_ = site_.loop().at(due, [this] { start_due_users(); });
}

void GroupRun::start_due_users() {
  const Group& group = site_.group;
  for (int i = 0; i < kStartsAtOnce && next_user_ < group.users; ++i) {
    const TimePoint due = site_.site.begin + user_start(group.ramp_up, next_user_, group.users);
    if (due > site_.now()) break;
    lag_->record(site_.now() - due);
    users_.push_back(make_user(next_user_));
    users_.back()->start();
    next_user_ += share_.count;
  }
  plan_next_user();
}

std::unique_ptr<User> GroupRun::make_user(std::uint64_t index) {
  switch (site_.group.kind) {
    case Group::Kind::sse:
      return std::make_unique<StreamUser>(site_, *stream_plan_, index);
    case Group::Kind::poll:
      return std::make_unique<PollUser>(site_, index);
    case Group::Kind::chat:
      return std::make_unique<ChatUser>(site_, index);
    case Group::Kind::feed:
      return std::make_unique<FeedUser>(site_, index);
    case Group::Kind::request:
      return std::make_unique<RequestUser>(site_, index);
    case Group::Kind::flow:
      return std::make_unique<FlowUser>(site_, *flow_plan_, index);
  }
  RTCTL_CHECK(false);
  return nullptr;
}

/// A reconnect storm: the same users on every run of the same seed.
void GroupRun::disconnect() {
  for (std::size_t i = 0; i < users_.size(); ++i)
    if (chance(site_.seed ^ 0x73746F726DU, share_.index + i * share_.count, 0) <
        site_.group.disconnect->share)
      users_[i]->drop();
}

void GroupRun::wind_down() {
  ramp_.cancel();
  disconnection_.cancel();
  for (const auto& user : users_)
    user->wind_down();
}

bool GroupRun::is_done() const {
  return std::ranges::all_of(users_, [](const auto& user) { return user->is_done(); });
}

void GroupRun::stop() {
  wind_down();
  for (const auto& user : users_)
    user->stop();
}

}  // namespace rtctl::engine
