// The one place where events get their ids, and from where all loops learn of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/event_log.hpp"
#include "server/published_keys.hpp"
#include "server/replay.hpp"
#include "server/view.hpp"
#include "server/worker.hpp"

namespace rtctl::server {

/// Lives on the main loop; `request_...` may be called from any worker's loop and answer there.
class Hub {
 public:
  Hub(ServerShared& shared, std::unique_ptr<EventLog> log);

  /// Afterwards the worker's fan-out is told of every event. Before the loops run.
  void connect(Worker& worker);

  /// The next id; the event is in the log and on its way to the subscribers. Errors: a full disk;
  /// an event larger than the log can hold (usage).
  Result<std::uint64_t> publish(Publication publication);

  /// The event that a POST with this key has become, if it is still known.
  std::optional<PublishedKeys::Found> find_published(const RequestKey& key) {
    return published_keys_.find(key, loop_.wall_now());
  }

  /// Publishes the time and a random value every `--tick`.
  void start_ticking();
  void stop_ticking() { tick_timer_.cancel(); }

  std::uint64_t head() const { return log_->head(); }

  void request_replay(Worker& worker, std::uint64_t ticket, ViewKey key, ResumePoint point);
  void request_more(Worker& worker, std::uint64_t ticket, ViewKey key, std::uint64_t next);
  void request_snapshot(Worker& worker, ViewKey key);

 private:
  using MakeChunk = std::function<ReplayChunk(const EventLog& log)>;

  void answer_replay(Worker& worker, std::uint64_t ticket, MakeChunk make);
  void hand_out();
  void tick(TimePoint planned);
  void remember_topic(const std::string& topic, std::uint64_t id);
  void remember_key(std::string_view text, std::uint64_t id);
  TopicSnapshot snapshot() const;

  ServerShared& shared_;
  AsioLoop& loop_;
  std::unique_ptr<EventLog> log_;
  std::vector<Worker*> workers_;
  std::vector<Event> pending_;  // published, not yet handed out
  std::map<std::string, std::uint64_t, std::less<>> newest_of_topic_;
  std::map<std::uint64_t, std::string> topics_by_age_;
  PublishedKeys published_keys_;
  Random random_;
  Timer tick_timer_;
  bool hand_out_posted_ = false;
  bool publish_failed_ = false;  // and was logged; until one succeeds
};

}  // namespace rtctl::server
