#include "engine/clock_offset.hpp"

#include <doctest/doctest.h>

#include "base/random.hpp"

using namespace rtctl;
using namespace rtctl::engine;
using namespace std::chrono_literals;

TEST_CASE("clock offset: the truth lies within the bound, and the bound is a few distances wide") {
  Random random = make_random(5, 0);
  for (const auto truth : {0us, 123'456us, -7'654'321us, 3'600'000'000us}) {
    ClockOffset clock;
    WallTime now = WallTime(1'800'000'000s) + std::chrono::microseconds(random() % 1'000'000);
    for (int i = 0; i < 32; ++i) {
      const WallTime sent = now;
      const WallTime written = sent + std::chrono::microseconds(random() % 5000);
      const WallTime received = written + std::chrono::microseconds(random() % 5000);
      clock.add(sent, received, std::chrono::floor<std::chrono::seconds>(written + truth));
      now = received + 37ms;
    }
    REQUIRE(clock.estimate());
    CHECK(std::chrono::abs(clock.estimate()->offset - truth) <= clock.estimate()->bound);
    CHECK(clock.estimate()->bound < 30ms);
  }
}

TEST_CASE("clock offset: nothing is known without answers, or when they contradict each other") {
  ClockOffset clock;
  CHECK_FALSE(clock.estimate());
  clock.add(WallTime(100s), WallTime(100s), WallTime(100s));
  CHECK(clock.estimate());
  clock.add(WallTime(101s), WallTime(101s), WallTime(200s));
  CHECK_FALSE(clock.estimate());
}
