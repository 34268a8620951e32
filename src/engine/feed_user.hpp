// A user who follows an activity feed and logs to it: `kind: feed`.
#pragma once

#include "client/feed.hpp"
#include "engine/metronome.hpp"
#include "engine/sent_at.hpp"
#include "engine/user.hpp"
#include "engine/verdict.hpp"

namespace rtctl::engine {

/// Polls at its interval, at once again while the answers are full, and logs every so often.
class FeedUser final : public User, client::FeedObserver {
 public:
  FeedUser(GroupSite& site, std::uint64_t index);

  void start() override;
  void wind_down() override;
  bool is_done() const override { return !client_.is_polling() && !client_.is_logging(); }
  void stop() override;

 private:
  void on_activity(const client::Activity& activity, TimePoint received_at) override;
  void on_polled(const client::FeedResult& result) override;
  void on_logged(const client::FeedResult& result) override;
  void poll(TimePoint planned);
  void plan_log();
  void log();

  GroupSite* site_;
  std::uint64_t index_;
  client::FeedOptions options_;
  client::FeedClient client_;
  Metronome beat_;
  UserChance chance_;
  SentAt sent_at_;
  Timer writing_;
  ConnectionWatch reading_connection_, writing_connection_;
  TimePoint planned_;
  TimePoint log_planned_;
  std::uint64_t logged_ = 0;
  bool is_winding_down_ = false;
};

}  // namespace rtctl::engine
