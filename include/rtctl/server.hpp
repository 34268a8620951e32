// The reference server as a library: options in, a running server out.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rtctl/result.hpp"

namespace rtctl {

/// Everything `rtctl serve` can be told. Durations are exact; sizes are bytes. Strings that are
/// empty mean "not set".
struct ServerOptions {
  using Nanoseconds = std::chrono::nanoseconds;

  std::vector<std::string> listen{"127.0.0.1:8080"};  ///< host:port, [v6]:port; port 0 picks one
  std::string store;  ///< "sqlite:PATH", "postgresql://...", "memory"; empty: SQLite in state_dir
  std::string state_dir;   ///< holds the event log and the default database; empty: the user's own
  bool ephemeral = false;  ///< nothing outlives the process: memory store, memory log
  std::string bus = "local";
  int store_connections = 8;
  std::string static_dir;
  int threads = 0;  ///< event loops; 0: one per core

  Nanoseconds tick = std::chrono::seconds(1);
  Nanoseconds heartbeat = std::chrono::seconds(15);
  Nanoseconds retry = std::chrono::seconds(2);
  std::uint64_t history =
      10'000;  ///< at least that many events can be replayed, at most twice as many
  std::uint64_t history_bytes_max = std::uint64_t{256} << 20;
  std::uint64_t outbox_bytes_max = std::uint64_t{256} << 10;

  std::uint64_t connections_max = 0;  ///< 0: what the limit of open files allows, less 100
  std::uint64_t body_bytes_max = std::uint64_t{64} << 10;
  std::uint64_t header_bytes_max = std::uint64_t{16} << 10;
  Nanoseconds header_timeout = std::chrono::seconds(10);
  Nanoseconds keep_alive = std::chrono::seconds(75);
  Nanoseconds client_ttl = std::chrono::minutes(5);
  Nanoseconds drain = std::chrono::seconds(5);

  std::optional<double>
      rate_limit;  ///< requests/s per remote address; 0: off; unset: 200, loopback exempt
  std::string tls_certificate, tls_key;  ///< PEM files, both or none
  std::string auth_token;
  bool allow_anonymous = false;  ///< listen beyond loopback without a token
  std::string cors_origin;
  std::vector<std::string> faults;
  std::string access_log;  ///< path, or "-" for stdout

  Nanoseconds llm_first = std::chrono::milliseconds(300);
  Nanoseconds llm_gap = std::chrono::milliseconds(20);
  int llm_tokens = 64;
};

/// A server that listens from `make_server` on and answers while `run` runs.
class Server {
 public:
  virtual ~Server() = default;

  /// Where it listens, ports filled in: "http://127.0.0.1:40123".
  virtual const std::vector<std::string>& urls() const = 0;

  /// Serves on the calling thread (and on threads of its own) until drained.
  virtual void run() = 0;

  /// Starts the drain: no new connections, streams are told to come back, requests under way are
  /// finished within `drain`; then `run` returns. Any thread, and often; the second call ends the
  /// drain at once.
  virtual void stop() = 0;

  /// Reads certificate and key again. A failure keeps the old ones and is logged. Any thread.
  virtual void reload() = 0;
};

/// Opens store, event log and listeners. Errors name what could not be had: an address in use, a
/// store that another server holds (ErrorKind::usage), a certificate that cannot be read.
Result<std::unique_ptr<Server>> make_server(ServerOptions options);

}  // namespace rtctl
