// How long a client waits before it connects again: exponential backoff with jitter.
#pragma once

#include <cstdint>
#include <optional>

#include "base/random.hpp"
#include "base/time.hpp"

namespace rtctl {

enum class Jitter {
  full,   ///< anywhere from the base to the top
  equal,  ///< in the upper half of base..top
  none,   ///< exactly the top
};

struct BackoffPolicy {
  Duration initial = std::chrono::milliseconds(500);
  Duration max = std::chrono::seconds(30);
  double multiplier = 2;
  Jitter jitter = Jitter::full;
};

/// What the server asked for, as minima that no jitter shortens.
struct ServerDelay {
  std::optional<Duration>
      retry;  ///< the last `retry:` field of a stream; above 24 h it counts as 24 h
  std::optional<Duration>
      retry_after;  ///< `Retry-After` of the last answer; `BackoffPolicy::max` does not cap it
};

/// The wait before the next connection. `failures` counts the connections in a row, the one just
/// lost included, that were lost early and delivered nothing; 0 after a good connection. With base
/// = retry or initial, failures = 0 waits base to 1.5 base; failures = k draws between base and top
/// = max(base, min(max, base * multiplier^k)) as the jitter says. `retry: 0` counts as 10 ms once
/// there are failures, so that no server can make its clients spin.
Duration backoff_delay(const BackoffPolicy& policy, std::uint32_t failures,
                       const ServerDelay& server, Random& random);

}  // namespace rtctl
