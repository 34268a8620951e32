#include "cli/pace.hpp"

#include <doctest/doctest.h>

using namespace rtctl;
using namespace std::chrono_literals;
using cli::Pace;

namespace {

TimePoint at(Duration since_start) {
  return TimePoint(since_start);
}

}  // namespace

TEST_CASE("pace: instants lie on the schedule, however long answers take") {
  Random random = make_random(1, 0);
  Pace pace({.interval = 5s}, at(0s));
  CHECK(pace.after_success(at(10ms), random) == at(5s));
  CHECK(pace.after_success(at(9s), random) == at(10s));   // the answer took 4 s
  CHECK(pace.after_success(at(23s), random) == at(25s));  // what has passed is left out
  CHECK(pace.after_success(at(25s), random) == at(30s));
}

TEST_CASE("pace: jitter moves each instant, and does not add up") {
  Random random = make_random(1, 0);
  Pace pace({.interval = 10s, .jitter = 0.1}, at(0s));
  bool varies = false;
  for (int index = 0; index < 1000; ++index) {
    const TimePoint next = pace.after_success(at(index * 10s + 1s), random);
    CHECK(next >= at((index + 1) * 10s - 1s));
    CHECK(next <= at((index + 1) * 10s + 1s));
    varies = varies || next != at((index + 1) * 10s);
  }
  CHECK(varies);
}

TEST_CASE("pace: after failures not before the backoff and Retry-After") {
  Random random = make_random(1, 0);
  cli::PaceOptions options{.interval = 1s};
  options.backoff = {.initial = 500ms, .max = 30s, .multiplier = 2, .jitter = Jitter::none};
  Pace pace(options, at(0s));
  CHECK(pace.after_failure(at(100ms), std::nullopt, random) == at(1100ms));
  CHECK(pace.after_failure(at(1100ms), std::nullopt, random) == at(3100ms));
  CHECK(pace.after_failure(at(3100ms), Duration(60s), random) == at(63100ms));
  CHECK(pace.failures() == 3);
  CHECK(pace.after_success(at(64s), random) == at(65s));
  CHECK(pace.failures() == 0);
}

TEST_CASE("pace: retries are used up") {
  Random random = make_random(1, 0);
  Pace pace({.max_retries = 1}, at(0s));
  CHECK(pace.after_failure(at(1s), std::nullopt, random).has_value());
  CHECK_FALSE(pace.after_failure(at(6s), std::nullopt, random).has_value());
}

TEST_CASE("pace: an interval of zero polls at once") {
  Random random = make_random(1, 0);
  Pace pace({.interval = 0s}, at(0s));
  CHECK(pace.after_success(at(3s), random) == at(3s));
}
