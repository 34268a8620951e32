#include "engine/stream_meter.hpp"

namespace rtctl::engine {

using metrics::Counter;
using metrics::Metric;

StreamMeter::StreamMeter(GroupSite& site, StreamPlan& plan, std::uint64_t user,
                         const scenario::Values& values, StreamOwner& owner)
    : site_(&site),
      plan_(&plan),
      owner_(&owner),
      own_options_(plan.shared_options(user) ? nullptr : plan.own_options(user, values)),
      stream_(site.site.environment, own_options_ ? *own_options_ : *plan.shared_options(user),
              *this) {}

void StreamMeter::start() {
  is_wanted_ = true;
  site_->ledger.change_wanted(1, site_->now());
  events_ = 0;
  lost_at_ = {};
  sequence_ = {};
  stream_.set_last_event_id("");
  stream_.start();
}

void StreamMeter::start(const scenario::Values& values) {
  if (own_options_) plan_->fill_request(values, own_options_->request);
  start();
}

void StreamMeter::stop() {
  stream_.stop();
  const TimePoint now = site_->now();
  if (is_open_) {
    is_open_ = false;
    site_->ledger.change_open(-1, now);
    site_->ledger->add(Counter::connections_closed);
  }
  if (!is_wanted_) return;
  is_wanted_ = false;
  site_->ledger.change_wanted(-1, now);
  if (lost_at_ != TimePoint{}) site_->ledger->add(Counter::unrecovered);
  site_->ledger->add(Counter::lost, sequence_.settle());
  site_->ledger->add(Counter::events, counted_.settle());
}

void StreamMeter::on_open(const net::ResponseHead& head, TimePoint attempt_started) {
  const TimePoint now = site_->now();
  Ledger& ledger = site_->ledger;
  is_open_ = true;
  opened_at_ = now;
  attempt_started_ = attempt_started;
  last_event_at_ = {};
  last_comment_at_ = {};
  ledger.change_open(1, now);
  ledger->add(Counter::connections_opened);
  ledger->add(Counter::requests);
  ledger->add_status(head.status);
  const net::Timing& timing = head.timing;
  if (timing.connected) ledger->record(Metric::connect, *timing.connected - timing.started);
  ledger->record(Metric::first_byte, timing.first_byte - timing.connected.value_or(timing.started));
  if (lost_at_ != TimePoint{}) {
    ledger->add(Counter::reconnects);
    ledger->record(Metric::reconnect, now - lost_at_);
    caught_at_ = now;
  }
  owner_->on_stream_open();
}

void StreamMeter::on_bytes(std::size_t count, TimePoint /*received_at*/) {
  site_->ledger->add(Counter::bytes, count);
  owner_->on_stream_bytes(count);
}

void StreamMeter::on_comment(std::string_view /*text*/, TimePoint received_at) {
  site_->ledger->add(Counter::heartbeats);
  if (last_comment_at_ != TimePoint{})
    site_->ledger->record(Metric::heartbeat_gap, received_at - last_comment_at_);
  last_comment_at_ = received_at;
}

void StreamMeter::on_event(const sse::Event& event, TimePoint received_at) {
  count(event, received_at);
  if (plan_->watches_sequence()) watch(event);
  std::optional<WallTime> sent;
  if (plan_->sent_at().is_wanted()) sent = plan_->sent_at().in(event.data);
  if (sent) site_->ledger->record(Metric::delivery, site_->site.wall_at(received_at) - *sent);
  if (lost_at_ != TimePoint{}) catch_up(sent, received_at);
  if (!plan_->is_ended_by(event, events_)) return owner_->on_stream_event();
  stop();
  site_->ledger->record(Metric::stream, received_at - opened_at_);
  site_->ledger->add(Counter::iterations);
  owner_->on_stream_ended();
}

void StreamMeter::count(const sse::Event& event, TimePoint received_at) {
  Ledger& ledger = site_->ledger;
  ++events_;
  ledger->add(Counter::events, counted_.see(event.has_id));
  ledger->record_payload(event.data.size());
  if (last_event_at_ == TimePoint{}) {
    ledger->record(Metric::first_event, received_at - attempt_started_);
  } else {
    ledger->record(Metric::event_gap, received_at - last_event_at_);
  }
  last_event_at_ = received_at;
}

void StreamMeter::watch(const sse::Event& event) {
  const auto number = plan_->number_of(event);
  if (!number) return;
  const auto seen = sequence_.see(*number);
  if (seen.given_up > 0) site_->ledger->add(Counter::lost, seen.given_up);
  if (seen.arrival == Arrival::again) site_->ledger->add(Counter::duplicated);
  if (seen.arrival == Arrival::late) site_->ledger->add(Counter::reordered);
}

/// After a loss the stream has caught up when an event arrives that was sent after it was open
/// again: all that was missed came before. How long that took ends with the last of those. Without
/// send times the first event has to do.
void StreamMeter::catch_up(std::optional<WallTime> sent, TimePoint received_at) {
  const bool has_send_times = plan_->sent_at().is_wanted();
  if (has_send_times && !sent) return;  // a greeting
  if (has_send_times && *sent < site_->site.wall_at(opened_at_)) {
    caught_at_ = received_at;
    return;
  }
  site_->ledger->record(Metric::recovery, (has_send_times ? caught_at_ : received_at) - lost_at_);
  lost_at_ = {};
}

void StreamMeter::on_loss(const client::Loss& loss) {
  Ledger& ledger = site_->ledger;
  if (loss.was_open) {
    is_open_ = false;
    ledger.change_open(-1, loss.at);
    ledger->add(Counter::connections_closed);
    if (lost_at_ == TimePoint{}) lost_at_ = loss.at;
  } else {
    ledger->add(Counter::requests);
    ledger->add(Counter::connections_failed);
    ledger->add_status(loss.status);
  }
  if (loss.failure != client::Failure::none) ledger.fail(loss.failure, loss.detail);
}

void StreamMeter::on_closed(const client::Closing& closing) {
  if (closing.reason == client::CloseReason::no_content) {
    site_->ledger->add(Counter::requests);
    site_->ledger->add_status(closing.status);
    site_->ledger.fail(client::Failure::expectation, "status 204 ended the stream");
  }
  owner_->on_stream_gave_up();
}

}  // namespace rtctl::engine
