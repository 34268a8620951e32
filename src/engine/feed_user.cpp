#include "engine/feed_user.hpp"

#include <fmt/format.h>

#include "engine/activity_body.hpp"
#include "engine/request_builder.hpp"
#include "engine/values.hpp"

namespace rtctl::engine {

using metrics::Counter;
using metrics::Metric;

namespace {

client::FeedOptions feed_options(const GroupSite& site, std::uint64_t index) {
  client::FeedOptions options;
  build(site.group.request, site.site, UserValues(site.site, index, 0), options.request);
  options.transfer = request_options(site.group, site.site, index);
  options.skip_history = true;  // what was there before the run is none of its events
  return options;
}

}  // namespace

FeedUser::FeedUser(GroupSite& site, std::uint64_t index)
    : site_(&site),
      index_(index),
      options_(feed_options(site, index)),
      client_(site.site.environment, options_, *this),
      beat_(site.loop(), site.group.interval, site.group.jitter, UserChance(site.seed, index),
            [this](TimePoint planned) { poll(planned); }),
      chance_(site.seed ^ 0x6C6F67U, index),
      sent_at_("/created_at") {}

void FeedUser::start() {
  site_->ledger->add(Counter::users_started);
  beat_.start(site_->now() + interval_phase(site_->group.interval, index_, site_->group.users));
  if (site_->group.log) plan_log();
}

void FeedUser::poll(TimePoint planned) {
  planned_ = planned;
  client_.poll();
}

void FeedUser::plan_log() {
  Duration pause = chance_.next_in(site_->group.log->every);
  if (logged_ == 0) pause = drawn({Duration(0), pause}, chance_.next());
  writing_ = site_->loop().after(pause, [this] { log(); });
}

void FeedUser::log() {
  log_planned_ = site_->now();
  // The key makes a repetition harmless; the time keeps the keys of two runs apart.
  const std::string key =
      fmt::format("{}-{}-{}-{}", site_->seed, index_, logged_,
                  site_->site.wall_at(site_->site.begin).time_since_epoch().count());
  client_.log(activity_body(*site_->group.log, UserValues(site_->site, index_, logged_)), key);
  ++logged_;
}

void FeedUser::on_activity(const client::Activity& activity, TimePoint received_at) {
  site_->ledger->add(Counter::events);
  site_->ledger->record_payload(activity.json.size());
  if (const auto sent = sent_at_.in(activity.json))
    site_->ledger->record(Metric::delivery, site_->site.wall_at(received_at) - *sent);
}

void FeedUser::on_polled(const client::FeedResult& result) {
  reading_connection_.note(result.response, site_->ledger);
  const bool was_good =
      record_response(result.response, site_->group.expect, planned_, Timed::yes, site_->ledger);
  if (was_good && result.failure != client::Failure::none)
    site_->ledger.fail(result.failure, "the answer is no list of activities");
  if (is_winding_down_) return;
  if (result.has_more && was_good) return poll(site_->now());
  beat_.done();
}

void FeedUser::on_logged(const client::FeedResult& result) {
  writing_connection_.note(result.response, site_->ledger);
  if (record_response(result.response, {}, log_planned_, Timed::yes, site_->ledger))
    site_->ledger->add(Counter::sent);
  if (!is_winding_down_) plan_log();
}

void FeedUser::wind_down() {
  is_winding_down_ = true;
  writing_.cancel();
  beat_.stop();
}

void FeedUser::stop() {
  wind_down();
  client_.cancel();
  reading_connection_.close(site_->ledger);
  writing_connection_.close(site_->ledger);
}

}  // namespace rtctl::engine
