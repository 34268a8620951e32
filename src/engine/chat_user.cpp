#include "engine/chat_user.hpp"

#include "engine/request_builder.hpp"
#include "engine/values.hpp"

namespace rtctl::engine {

using metrics::Counter;
using metrics::Metric;

namespace {

client::ChatOptions chat_options(const GroupSite& site, std::uint64_t index) {
  client::ChatOptions options;
  build(site.group.request, site.site, UserValues(site.site, index, 0), options.request);
  options.transfer = request_options(site.group, site.site, index);
  options.backoff = backoff_policy(site.group.backoff);
  options.wait = site.group.wait;
  options.acknowledges = site.group.ack;
  return options;
}

}  // namespace

ChatUser::ChatUser(GroupSite& site, std::uint64_t index)
    : site_(&site),
      index_(index),
      options_(chat_options(site, index)),
      client_(site.site.environment, options_, *this),
      beat_(site.loop(), site.group.interval, site.group.jitter, UserChance(site.seed, index),
            [this](TimePoint planned) { poll(planned); }),
      chance_(site.seed ^ 0x736179U, index) {}

void ChatUser::start() {
  site_->ledger->add(Counter::users_started);
  if (site_->group.wait > Duration(0)) {
    poll(site_->now());
  } else {
    beat_.start(site_->now() + interval_phase(site_->group.interval, index_, site_->group.users));
  }
  if (site_->group.say) plan_words();
}

void ChatUser::poll(TimePoint planned) {
  planned_ = planned;
  client_.poll();
}

/// The first words come after a part of the pause, so that the users do not speak in chorus.
void ChatUser::plan_words() {
  Duration pause = chance_.next_in(site_->group.say->every);
  if (said_ == 0) pause = drawn({Duration(0), pause}, chance_.next());
  words_ = site_->loop().after(pause, [this] { say(); });
}

void ChatUser::say() {
  std::string text;
  scenario::expand(site_->group.say->text, UserValues(site_->site, index_, said_), text);
  if (client_.unsent() == 0) said_at_ = site_->now();
  if (!client_.say(std::move(text))) site_->ledger->add(Counter::dropped);
  ++said_;
  plan_words();
}

void ChatUser::on_message(const client::ChatMessage& message, TimePoint received_at) {
  site_->ledger->add(Counter::events);
  site_->ledger->record_payload(message.content.size());
  if (const auto sent = parse_sent_at(message.timestamp))
    site_->ledger->record(Metric::delivery, site_->site.wall_at(received_at) - *sent);
}

void ChatUser::on_polled(const client::ChatResult& result) {
  const bool is_long = site_->group.wait > Duration(0);
  receiving_.note(result.response, site_->ledger);
  const bool was_good = record_response(result.response, site_->group.expect, planned_,
                                        is_long ? Timed::no : Timed::yes, site_->ledger);
  if (was_good && result.failure != client::Failure::none)
    site_->ledger.fail(result.failure, "the answer is no list of messages");
  site_->ledger->add(Counter::lost, result.dropped);
  if (!is_long) return beat_.done();
  if (is_winding_down_) return;
  // A long poll follows the last one at once, unless that failed.
  if (result.failure == client::Failure::none) return poll(site_->now());
  beat_.start(site_->now() + site_->group.interval);
}

void ChatUser::on_sent(const client::ChatResult& result) {
  sending_.note(result.response, site_->ledger);
  if (record_response(result.response, {}, said_at_, Timed::yes, site_->ledger))
    site_->ledger->add(Counter::sent);
  said_at_ = site_->now();  // of the next line, if one waits
}

void ChatUser::wind_down() {
  is_winding_down_ = true;
  words_.cancel();
  beat_.stop();
}

bool ChatUser::is_done() const {
  // A long poll that waits for news is nothing to wait for.
  return client_.unsent() == 0 && (!client_.is_polling() || site_->group.wait > Duration(0));
}

void ChatUser::stop() {
  wind_down();
  client_.cancel();
  receiving_.close(site_->ledger);
  sending_.close(site_->ledger);
}

}  // namespace rtctl::engine
