// A user who talks: `kind: chat`.
#pragma once

#include <optional>

#include "client/chat.hpp"
#include "engine/metronome.hpp"
#include "engine/sent_at.hpp"
#include "engine/user.hpp"
#include "engine/verdict.hpp"

namespace rtctl::engine {

/// Polls for messages at its interval (or by long polls, one after the other) and says something
/// every so often.
class ChatUser final : public User, client::ChatObserver {
 public:
  ChatUser(GroupSite& site, std::uint64_t index);

  void start() override;
  void wind_down() override;
  bool is_done() const override;
  void stop() override;

 private:
  void on_message(const client::ChatMessage& message, TimePoint received_at) override;
  void on_polled(const client::ChatResult& result) override;
  void on_sent(const client::ChatResult& result) override;
  void poll(TimePoint planned);
  void plan_words();
  void say();

  GroupSite* site_;
  std::uint64_t index_;
  client::ChatOptions options_;
  client::ChatClient client_;
  Metronome beat_;
  UserChance chance_;
  Timer words_;
  ConnectionWatch receiving_, sending_;
  TimePoint planned_;
  TimePoint said_at_;
  std::uint64_t said_ = 0;
  bool is_winding_down_ = false;
};

}  // namespace rtctl::engine
