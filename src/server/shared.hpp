// What all loops of the server read: made before they start, changed by none of them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/asio_loop.hpp"
#include "rtctl/server.hpp"
#include "server/access_log.hpp"
#include "server/auth.hpp"
#include "server/cors.hpp"
#include "server/fault.hpp"
#include "server/metrics.hpp"
#include "server/rate_limit.hpp"
#include "server/router.hpp"

namespace rtctl::server {

/// The rate limit of all loops: one address has one bucket, whichever loop its connections are on.
/// The lock is held for a hash look-up, and only where a limit applies (loopback is exempt unless
/// the flag is given), so no loop waits for another for long.
class SharedRateLimit {
 public:
  explicit SharedRateLimit(const std::optional<double>& per_second);
  std::optional<Duration> admit(std::string_view address, TimePoint now);

 private:
  bool exempts_loopback_;
  bool is_off_;
  std::mutex mutex_;
  RateLimit limit_;
};

struct ServerShared {
  explicit ServerShared(ServerOptions server_options);

  const ServerOptions options;
  Router router;
  const Auth auth;
  const Cors cors;
  std::vector<FaultRule> faults;
  SharedRateLimit rate_limit;
  ServerMetrics metrics;
  std::unique_ptr<AccessLog> access_log;  ///< null: none is written
  AsioLoop* main_loop = nullptr;

  /// Set once by the main loop; the others look at it when they answer. No order with anything else
  /// hangs on it.
  std::atomic<bool> draining = false;

  /// Sockets of peers that are open now, over all loops; decides about 503. Relaxed: off by a few
  /// does no harm.
  std::atomic<std::uint64_t> connections = 0;
};

}  // namespace rtctl::server
