// One open event stream: a socket and a place in its view's bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/poller.hpp"
#include "server/gzip.hpp"
#include "server/replay.hpp"
#include "server/socket.hpp"

namespace rtctl::server {

class Audience;

/// What comes before the view's own bytes: response head, greeting, replay. Given back when sent.
struct Backlog {
  std::string bytes;
  std::size_t sent = 0;
  std::uint64_t frames = 0;              ///< with an id, in `bytes`
  std::optional<std::uint64_t> next_id;  ///< the replay goes on here
  std::uint64_t ticket = 0;              ///< of the piece that was asked for
  bool is_waiting = false;               ///< for that piece, or for a snapshot
  TimePoint progress_at{};               ///< when the peer last took something
};

/// What the trailer of a compressed stream needs.
struct GzipProgress {
  GzipSum own;     ///< of what only this subscriber was sent
  GzipSum joined;  ///< of the view, when it joined
};

/// Belongs to one loop, owned by its Audience. Idle: about 100 bytes, no buffer.
class Subscriber final : public Watcher {
 public:
  Subscriber(Audience& audience, Socket stream_socket)
      : socket(std::move(stream_socket)), audience_(audience) {}

  void on_ready(std::uint32_t events) override;

  Socket socket;
  std::uint64_t cursor = 0;  ///< next byte of the view's log
  std::uint64_t frames = 0;  ///< of the view's log, already counted as sent
  std::unique_ptr<Backlog> backlog;
  std::unique_ptr<GzipProgress> gzip;
  std::uint32_t index = 0;           ///< in the audience
  bool is_blocked = false;           ///< the kernel takes nothing now; EPOLLOUT is armed
  bool is_mute = false;              ///< by a fault: gets nothing any more
  std::unique_ptr<Timer> cut_timer;  ///< by a fault: cut in its middle

 private:
  Audience& audience_;
};

}  // namespace rtctl::server
