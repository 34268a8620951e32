// One event loop of the server and everything that lives on it: its sessions and its streams.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/poller.hpp"
#include "base/random.hpp"
#include "server/shared.hpp"
#include "server/socket.hpp"
#include "server/tls.hpp"

namespace rtctl::server {

class Fanout;
class Hub;
class Session;

enum class SessionRole {
  serve,
  refuse,  ///< there are too many connections: the first request gets 503
};

/// A response without an end that is no event stream. Destroying it closes the connection.
class WorkerStream {
 public:
  virtual ~WorkerStream() = default;
};

/// Belongs to its loop; made and destroyed by the server.
class Worker {
 public:
  static Result<std::unique_ptr<Worker>> make(ServerShared& shared, AsioLoop& loop, TlsPtr tls);
  ~Worker();

  ServerShared& shared() { return shared_; }
  AsioLoop& loop() { return loop_; }
  Poller& poller() { return *poller_; }
  Random& random() { return random_; }
  Fanout& fanout() { return *fanout_; }

  /// One buffer for all reads of the loop; nothing may stay in it.
  std::span<char> read_buffer() { return *read_buffer_; }

  /// The HTTP-date of now, made at most once a second.
  std::string_view date();

  /// Begins to serve; `head_id` is the newest event at this moment.
  void start(Hub& hub, std::uint64_t head_id);

  /// Takes a connection that was just accepted and counted in `ServerShared::connections`.
  void adopt(int fd, std::string remote_address, SessionRole role);

  /// Ends the session. It is destroyed later, so it may call this from inside itself.
  void retire(Session& session);

  /// Owns the stream until `drop`, which may be called from inside it.
  void keep(std::unique_ptr<WorkerStream> stream);
  void drop(WorkerStream& stream);

  void set_tls(TlsPtr tls) { tls_ = std::move(tls); }

  /// Lets sessions finish what is under way and closes the others; tells streams to come back.
  void drain();
  /// Closes everything at once.
  void close_all();
  /// Nothing is under way: no stream, and no session but those whose peer has been told all.
  bool is_done() const;

  /// `route` is null for requests that have none.
  void count_request(const Route* route, int status, Duration duration);
  void log_access(const std::string& line);

 private:
  Worker(ServerShared& shared, AsioLoop& loop, TlsPtr tls, std::unique_ptr<Poller> poller);

  /// The figures of a route, looked up in the registry only once.
  struct RouteFigures {
    std::string path;
    prometheus::Histogram* seconds = nullptr;
    std::map<int, prometheus::Counter*> by_status;
  };

  void watch_deadlines();
  void hand_on_access_lines();

  ServerShared& shared_;
  AsioLoop& loop_;
  TlsPtr tls_;
  std::unique_ptr<Poller> poller_;
  Random random_;
  std::unique_ptr<std::array<char, 65536>> read_buffer_;
  std::unique_ptr<Fanout> fanout_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<Session>> retired_;
  std::map<WorkerStream*, std::unique_ptr<WorkerStream>> streams_;
  std::vector<std::unique_ptr<WorkerStream>> dropped_;
  std::map<const Route*, RouteFigures> figures_;
  std::string access_lines_;
  std::string date_;
  std::int64_t date_second_ = 0;
  TimePoint next_watch_{};
  Timer watch_timer_;
};

}  // namespace rtctl::server
