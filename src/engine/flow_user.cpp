#include "engine/flow_user.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/activity_body.hpp"
#include "engine/captures.hpp"
#include "engine/request_builder.hpp"

namespace rtctl::engine {

using metrics::Counter;

namespace {

/// After a failed round: a target that refuses at once is not asked as fast as this machine can.
constexpr Duration kRestAfterFailure = std::chrono::milliseconds(100);

}  // namespace

FlowUser::FlowUser(GroupSite& site, FlowPlan& plan, std::uint64_t index)
    : site_(&site),
      plan_(&plan),
      index_(index),
      chance_(site.seed, index),
      options_(request_options(site.group, site.site, index)),
      client_(site.site.environment, options_, *this) {}

void FlowUser::start() {
  site_->ledger->add(Counter::users_started);
  begin_round();
}

void FlowUser::begin_round() {
  captured_.assign(site_->group.captures.size(), {});
  frames_.assign(1, {.steps = &site_->group.steps});
  advance();
}

void FlowUser::end_round(bool was_good) {
  meter_.reset();
  step_ = nullptr;
  ++round_;
  if (was_good) site_->ledger->add(Counter::iterations);
  if (is_winding_down_) return;
  Duration pause = chance_.next_in(site_->group.think);
  if (!was_good) pause = std::max(pause, kRestAfterFailure);
  // Always through the loop: a flow whose steps take no time must not starve the others.
  timer_ = site_->loop().after(pause, [this] { begin_round(); });
}

/// The step before is over: goes on with the next.
void FlowUser::advance() {
  timer_.cancel();
  step_ = nullptr;
  if (is_winding_down_) return;
  while (frames_.back().next == frames_.back().steps->size())
    if (!leave_frame()) return end_round(true);
  take((*frames_.back().steps)[frames_.back().next++]);
}

/// At the end of a list: begins it again where that is wanted. False at the end of the whole flow.
bool FlowUser::leave_frame() {
  Frame& frame = frames_.back();
  const bool is_timed = frame.rounds_left == 0;
  const bool goes_on = is_timed ? site_->now() < frame.ends_at : --frame.rounds_left > 0;
  if (goes_on) {
    frame.next = 0;
    return true;
  }
  frames_.pop_back();
  return !frames_.empty();
}

void FlowUser::take(const Step& step) {
  step_ = &step;
  switch (step.kind) {
    case Step::Kind::think:
      timer_ = site_->loop().after(chance_.next_in(step.think), [this] { advance(); });
      return;
    case Step::Kind::repeat:
      return repeat(step);
    case Step::Kind::sse:
      return follow(step);
    case Step::Kind::poll:
      polls_ = 0;
      planned_ = site_->now();
      step_ends_at_ = step.for_time ? planned_ + *step.for_time : TimePoint::max();
      return send();
    case Step::Kind::request:
    case Step::Kind::say:
    case Step::Kind::log:
      planned_ = site_->now();
      return send();
  }
}

void FlowUser::send() {
  build(step_->request, site_->site, values(), request_);
  if (step_->kind == Step::Kind::say || step_->kind == Step::Kind::log) fill_message(*step_);
  client_.start(request_);
}

void FlowUser::fill_message(const Step& step) {
  if (step.kind == Step::Kind::log) {
    request_.body = activity_body(step.log, values());
    return;
  }
  std::string text;
  scenario::expand(step.text, values(), text);
  request_.body = nlohmann::json{{"content", text}}.dump(-1, ' ', false,
                                                         nlohmann::json::error_handler_t::replace);
}

void FlowUser::on_response(const client::Response& response) {
  connection_.note(response, site_->ledger);
  const Step& step = *step_;
  bool was_good = record_response(response, step.expect, planned_, Timed::yes, site_->ledger);
  if (was_good && response.status != 304) {
    if (const auto missing = take_captures(step.captures, response, captured_)) {
      site_->ledger.fail(client::Failure::expectation, *missing);
      was_good = false;
    }
  }
  if (!was_good) return end_round(false);
  if (step.kind == Step::Kind::say || step.kind == Step::Kind::log)
    site_->ledger->add(Counter::sent);
  if (step.kind == Step::Kind::poll) return poll_again();
  advance();
}

/// Polls keep to their grid from the first on.
void FlowUser::poll_again() {
  ++polls_;
  planned_ += step_->interval;
  const bool was_last = (step_->times > 0 && polls_ >= step_->times) || planned_ >= step_ends_at_;
  if (was_last || is_winding_down_) return advance();
  timer_ = site_->loop().at(planned_, [this] { send(); });
}

void FlowUser::follow(const Step& step) {
  StreamOwner& owner = *this;  // a private base, which make_unique could not convert to
  meter_ = std::make_unique<StreamMeter>(*site_, plan_->stream_plan(step), index_, values(), owner);
  meter_->start();
  if (!step.for_time) return;
  timer_ = site_->loop().after(*step.for_time, [this] {
    meter_->stop();
    advance();
  });
}

// The meter is in the middle of a callback in both: what comes next may destroy it, so that waits.

void FlowUser::on_stream_ended() {
  timer_ = site_->loop().after(Duration(0), [this] { advance(); });
}

void FlowUser::on_stream_gave_up() {
  timer_ = site_->loop().after(Duration(0), [this] {
    meter_->stop();
    end_round(false);
  });
}

void FlowUser::repeat(const Step& step) {
  frames_.push_back({.steps = &step.steps,
                     .rounds_left = step.times,
                     .ends_at = step.for_time ? site_->now() + *step.for_time : TimePoint::max()});
  // Through the loop, as each beginning again: a list of nothing but short steps yields too.
  timer_ = site_->loop().after(Duration(0), [this] { advance(); });
}

void FlowUser::wind_down() {
  is_winding_down_ = true;
  // A stream goes on to the end of the run; what only waits is over.
  const bool streams = step_ != nullptr && step_->kind == Step::Kind::sse;
  if (!streams) timer_.cancel();
}

void FlowUser::stop() {
  wind_down();
  timer_.cancel();
  if (meter_) meter_->stop();
  client_.cancel();
  connection_.close(site_->ledger);
}

}  // namespace rtctl::engine
