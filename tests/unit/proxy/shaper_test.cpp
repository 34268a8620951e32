#include "proxy/shaper.hpp"

#include <doctest/doctest.h>

using namespace rtctl;
using namespace rtctl::proxy;
using namespace std::chrono_literals;

TEST_CASE("shaper: latency is added to each byte") {
  Random random = make_random(1, 0);
  Shaper shaper({.latency = 80ms}, TimePoint{});
  CHECK(shaper.release(100, TimePoint{} + 1s, random) == TimePoint{} + 1080ms);
  CHECK(shaper.release(100, TimePoint{} + 2s, random) == TimePoint{} + 2080ms);
}

TEST_CASE("shaper: a narrow link lets bytes wait for each other, not for the latency") {
  Random random = make_random(1, 0);
  Shaper shaper({.latency = 100ms, .bandwidth = 1000}, TimePoint{});
  CHECK(shaper.release(500, TimePoint{}, random) == TimePoint{} + 600ms);
  CHECK(shaper.release(500, TimePoint{}, random) == TimePoint{} + 1100ms);
  CHECK(shaper.release(500, TimePoint{} + 10s, random) == TimePoint{} + 10600ms);
}

TEST_CASE("shaper: jitter stays in its range and never lets bytes overtake") {
  Random random = make_random(7, 0);
  Shaper shaper({.latency = 100ms, .jitter = 50ms}, TimePoint{});
  TimePoint last{};
  for (int i = 0; i < 5000; ++i) {
    const TimePoint now = TimePoint{} + std::chrono::milliseconds(i * 7);
    const TimePoint due = shaper.release(10, now, random);
    CHECK(due >= last);
    CHECK(due >= now + 50ms);
    CHECK(due <= now + 150ms);
    last = due;
  }
}

TEST_CASE("shaper: nothing comes out during a stall, everything right after it") {
  Random random = make_random(1, 0);
  Shaper shaper({.stall_every = 10s, .stall = 2s}, TimePoint{} + 100s);
  CHECK(shaper.release(1, TimePoint{} + 101s, random) == TimePoint{} + 101s);
  CHECK(shaper.release(1, TimePoint{} + 110s, random) == TimePoint{} + 112s);
  CHECK(shaper.release(1, TimePoint{} + 111500ms, random) == TimePoint{} + 112s);
  CHECK(shaper.release(1, TimePoint{} + 112s, random) == TimePoint{} + 112s);
}
