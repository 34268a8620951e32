#include "server/hub.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "base/time_format.hpp"
#include "server/fanout.hpp"
#include "server/run_on.hpp"

namespace rtctl::server {
namespace {

constexpr std::size_t kTopicsMax = 10'000;  // whose newest event a snapshot shows (guess)

}  // namespace

Hub::Hub(ServerShared& shared, std::unique_ptr<EventLog> log)
    : shared_(shared),
      loop_(*shared.main_loop),
      log_(std::move(log)),
      random_(make_random(random_seed(), 0)) {
  for (std::uint64_t id = log_->oldest(); id <= log_->head(); ++id) {
    const EventView event = log_->read(id);
    remember_topic(std::string(event.topic), id);
    remember_key(event.request_key, id);
  }
}

void Hub::connect(Worker& worker) {
  workers_.push_back(&worker);
}

Result<std::uint64_t> Hub::publish(Publication publication) {
  const auto id = log_->append(publication);
  if (!id && id.error().kind == ErrorKind::usage) return id;
  if (!id) {
    shared_.metrics.publish_failures.Increment();
    if (!std::exchange(publish_failed_, true)) spdlog::error("{}", id.error().message);
    return id;
  }
  publish_failed_ = false;
  shared_.metrics.events_published.Increment();
  remember_topic(publication.topic, *id);
  remember_key(publication.request_key, *id);
  pending_.push_back({*id, std::move(publication)});
  // The publisher is answered first; what is published in the same turn travels together.
  if (!std::exchange(hand_out_posted_, true)) {
    loop_.post([this] {
      hand_out_posted_ = false;
      hand_out();
    });
  }
  return id;
}

void Hub::hand_out() {
  if (pending_.empty()) return;
  const auto batch = std::make_shared<const std::vector<Event>>(std::exchange(pending_, {}));
  for (Worker* worker : workers_) {
    run_on(worker->loop(), loop_, [worker, batch] { worker->fanout().on_events(batch); });
  }
}

void Hub::start_ticking() {
  tick(loop_.now());
}

void Hub::tick(TimePoint planned) {
  const Duration interval = shared_.options.tick;
  if (interval <= Duration::zero()) return;
  (void)publish(
      {.data = fmt::format(R"({{"timestamp":"{}","value":{:.6f}}})",
                           format_rfc3339(loop_.wall_now()), 0.999999 * uniform(random_))});
  // On the schedule; but after a pause (a stopped process) missed ticks are not made up for.
  TimePoint next = planned + interval;
  if (next < loop_.now()) next = loop_.now() + interval;
  tick_timer_ = loop_.at(next, [this, next] { tick(next); });
}

void Hub::answer_replay(Worker& worker, std::uint64_t ticket, MakeChunk make) {
  // Posted even from the main loop itself: handing out appends to views, and whoever asks may be in
  // the middle of sending from one.
  loop_.post([this, &worker, ticket, make = std::move(make)] {
    // Whatever the chunk holds must have reached the loop before the chunk does.
    hand_out();
    worker.loop().post([&worker, ticket, chunk = make(*log_)]() mutable {
      worker.fanout().on_replay(ticket, std::move(chunk));
    });
  });
}

void Hub::request_replay(Worker& worker, std::uint64_t ticket, ViewKey key, ResumePoint point) {
  answer_replay(worker, ticket, [key = std::move(key), point](const EventLog& log) {
    return begin_replay(log, key, point);
  });
}

void Hub::request_more(Worker& worker, std::uint64_t ticket, ViewKey key, std::uint64_t next) {
  answer_replay(worker, ticket, [key = std::move(key), next](const EventLog& log) {
    return continue_replay(log, key, next);
  });
}

void Hub::request_snapshot(Worker& worker, ViewKey key) {
  loop_.post([this, &worker, key = std::move(key)]() mutable {
    hand_out();
    worker.loop().post([&worker, key = std::move(key), state = snapshot()] {
      worker.fanout().on_snapshot(key, state);
    });
  });
}

void Hub::remember_topic(const std::string& topic, std::uint64_t id) {
  const auto [entry, is_new] = newest_of_topic_.try_emplace(topic, id);
  if (!is_new) {
    topics_by_age_.erase(entry->second);
    entry->second = id;
  }
  topics_by_age_[id] = topic;
  if (topics_by_age_.size() <= kTopicsMax) return;
  newest_of_topic_.erase(topics_by_age_.begin()->second);
  topics_by_age_.erase(topics_by_age_.begin());
}

void Hub::remember_key(std::string_view text, std::uint64_t id) {
  if (const auto key = request_key_of(text)) published_keys_.add(*key, id, loop_.wall_now());
}

TopicSnapshot Hub::snapshot() const {
  TopicSnapshot result{.id = log_->head()};
  for (const auto& [topic, id] : newest_of_topic_) {
    if (id < log_->oldest()) continue;
    const EventView view = log_->read(id);
    result.newest.push_back(std::make_shared<const Event>(
        Event{id, {topic, std::string(view.type), std::string(view.data), view.kind}}));
  }
  return result;
}

}  // namespace rtctl::server
