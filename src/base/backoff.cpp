#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace rtctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration kRetryMax = 24h;
constexpr Duration kBaseMinAfterFailure = 10ms;

Duration scaled(Duration value, double factor) {
  return Duration(static_cast<std::int64_t>(static_cast<double>(value.count()) * factor));
}

/// base * multiplier^failures, held at `max` before it can overflow, and never below the base.
Duration top_of(const BackoffPolicy& policy, Duration base, std::uint32_t failures) {
  const double grown = static_cast<double>(base.count()) * std::pow(policy.multiplier, failures);
  const Duration capped = grown < static_cast<double>(policy.max.count())
                              ? scaled(base, std::pow(policy.multiplier, failures))
                              : policy.max;
  return std::max(base, capped);
}

Duration between(Duration low, Duration high, Random& random) {
  return low + scaled(high - low, uniform(random));
}

Duration drawn(const BackoffPolicy& policy, Duration base, Duration top, Random& random) {
  switch (policy.jitter) {
    case Jitter::full:
      return between(base, top, random);
    case Jitter::equal:
      return between(base + (top - base) / 2, top, random);
    case Jitter::none:
      break;
  }
  return top;
}

}  // namespace

Duration backoff_delay(const BackoffPolicy& policy, std::uint32_t failures,
                       const ServerDelay& server, Random& random) {
  Duration base = std::min(server.retry.value_or(policy.initial), kRetryMax);
  if (failures > 0) base = std::max(base, kBaseMinAfterFailure);
  Duration delay{};
  if (failures == 0) {
    delay = policy.jitter == Jitter::none ? base : between(base, base + base / 2, random);
  } else {
    delay = drawn(policy, base, top_of(policy, base, failures), random);
  }
  return std::max(delay, server.retry_after.value_or(Duration::zero()));
}

}  // namespace rtctl
