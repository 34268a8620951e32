#include "base/backoff.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace rtctl;
using namespace std::chrono_literals;

namespace {

struct Span {
  Duration low = Duration::max();
  Duration high = Duration::min();
};

/// The range of 2,000 draws.
Span drawn(const BackoffPolicy& policy, std::uint32_t failures, const ServerDelay& server = {}) {
  Random random = make_random(7, failures);
  Span span;
  for (int i = 0; i < 2000; ++i) {
    const Duration delay = backoff_delay(policy, failures, server, random);
    span.low = std::min(span.low, delay);
    span.high = std::max(span.high, delay);
  }
  return span;
}

}  // namespace

TEST_CASE("backoff: no jitter is the formula exactly") {
  const BackoffPolicy policy{.initial = 500ms, .max = 30s, .multiplier = 2, .jitter = Jitter::none};
  Random random = make_random(1, 0);
  const std::vector<Duration> expected{500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s};
  for (std::uint32_t k = 0; k < expected.size(); ++k)
    CHECK(backoff_delay(policy, k, {}, random) == expected[k]);
  CHECK(backoff_delay(policy, 4'000'000'000U, {}, random) == 30s);
}

TEST_CASE("backoff: full jitter spreads from the base to the top") {
  const BackoffPolicy policy;
  const Span first = drawn(policy, 0);
  CHECK(first.low >= 500ms);
  CHECK(first.high <= 750ms);
  const Span third = drawn(policy, 3);
  CHECK(third.low >= 500ms);
  CHECK(third.low < 600ms);
  CHECK(third.high <= 4s);
  CHECK(third.high > 3900ms);
}

TEST_CASE("backoff: equal jitter keeps to the upper half") {
  const BackoffPolicy policy{.jitter = Jitter::equal};
  const Span span = drawn(policy, 3);
  CHECK(span.low >= 2250ms);
  CHECK(span.high <= 4s);
}

TEST_CASE("backoff: retry is the base, larger than the maximum too") {
  const BackoffPolicy policy{.jitter = Jitter::none};
  Random random = make_random(1, 0);
  CHECK(backoff_delay(policy, 0, {.retry = 2s}, random) == 2s);
  CHECK(backoff_delay(policy, 5, {.retry = 60s}, random) == 60s);
  CHECK(backoff_delay(policy, 0, {.retry = 100h}, random) == 24h);
}

TEST_CASE("backoff: retry 0 cannot make a client spin") {
  const BackoffPolicy policy{.jitter = Jitter::none};
  Random random = make_random(1, 0);
  CHECK(backoff_delay(policy, 0, {.retry = 0ms}, random) == 0ms);
  CHECK(backoff_delay(policy, 1, {.retry = 0ms}, random) == 20ms);
  CHECK(drawn({}, 1, {.retry = 0ms}).low >= 10ms);
}

TEST_CASE("backoff: Retry-After is a minimum that the maximum does not cap") {
  const BackoffPolicy policy{.max = 1s};
  Random random = make_random(1, 0);
  CHECK(backoff_delay(policy, 2, {.retry_after = 90s}, random) == 90s);
  CHECK(backoff_delay(policy, 2, {.retry_after = 0s}, random) >= 500ms);
}
