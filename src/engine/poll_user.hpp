// A user who polls a JSON endpoint: `kind: poll`.
#pragma once

#include "client/poll.hpp"
#include "engine/metronome.hpp"
#include "engine/user.hpp"
#include "engine/verdict.hpp"

namespace rtctl::engine {

/// Asks at its interval with the validators it was given; a 304 is a success.
class PollUser final : public User, client::PollObserver {
 public:
  PollUser(GroupSite& site, std::uint64_t index);

  void start() override;
  void wind_down() override { beat_.stop(); }
  bool is_done() const override { return !client_.is_active(); }
  void stop() override;

 private:
  void on_poll(const client::PollResult& result) override;
  void poll(TimePoint planned);

  GroupSite* site_;
  std::uint64_t index_;
  client::PollOptions options_;
  client::PollClient client_;
  Metronome beat_;
  ConnectionWatch connection_;
  TimePoint planned_;
};

}  // namespace rtctl::engine
