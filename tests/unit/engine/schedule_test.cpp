#include "engine/schedule.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace rtctl;
using namespace rtctl::engine;
using namespace std::chrono_literals;

namespace {

std::vector<Stage> constant_rate(double per_second, Duration length) {
  return {{length, per_second, per_second}};
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

TEST_CASE("user start: evenly over the ramp, the first at once") {
  CHECK(user_start(20s, 0, 10'000) == 0s);
  CHECK(user_start(20s, 1, 10'000) == 2ms);
  CHECK(user_start(20s, 9'999, 10'000) == 19'998ms);
  CHECK(user_start(0s, 5, 10) == 0s);
  CHECK(user_start(24h, 999'999'999, 1'000'000'000) < 24h);  // no overflow on the way
}

TEST_CASE("interval start: rounds keep to the grid") {
  CHECK(interval_start(5s, 0, 0, 0.3) == 0s);
  CHECK(interval_start(5s, 0, 1'000'000, 0.9) == 5'000'000s);
  CHECK(interval_start(5s, 0.2, 3, 0.5) == 15s);
  CHECK(interval_start(5s, 0.2, 3, 0.0) == 14s);
  CHECK(interval_start(5s, 0.2, 3, 0.999999) < 16'001ms);
  CHECK(interval_start(5s, 1, 0, 0.0) == 0s);  // never before the start
}

TEST_CASE("constant arrivals: starts do not drift") {
  ArrivalSchedule schedule(constant_rate(4, 300'000s), Group::Arrivals::constant, 7);
  CHECK(schedule.next().start == 0ms);
  CHECK(schedule.next().start == 250ms);
  CHECK(arrival_at(constant_rate(4, 300'000s), 1'000'000) == 250'000s);
  CHECK(std::abs((arrival_at(constant_rate(3, 1'000'000s), 2'999'999) - 999'999'666'666'667ns)
                     .count()) <= 200);
}

TEST_CASE("constant arrivals: they end with the stage") {
  ArrivalSchedule schedule(constant_rate(10, 1s), Group::Arrivals::constant, 7);
  std::uint64_t count = 0;
  while (schedule.next().start != Duration::max())
    ++count;
  CHECK(count == 10);  // the one due at the very end belongs to what comes after
}

TEST_CASE("stages: the planned number is reached where the formula says") {
  const std::vector<Stage> stages{{10s, 10, 200}, {5s, 200, 200}, {10s, 200, 0}};
  CHECK(arrivals_in(stages) == doctest::Approx(1050 + 1000 + 1000));
  for (double count = 0; count < 3050; count += 12.5) {
    const double t = seconds(arrival_at(stages, count));
    double reached = 0;
    if (t <= 10) {
      reached = 10 * t + 19 * t * t / 2;
    } else if (t <= 15) {
      reached = 1050 + 200 * (t - 10);
    } else {
      reached = 2050 + 200 * (t - 15) - 20 * (t - 15) * (t - 15) / 2;
    }
    CHECK(reached == doctest::Approx(count).epsilon(1e-6));
  }
  CHECK(arrival_at(stages, 3050) == Duration::max());
}

TEST_CASE("stages: a rate that starts at nothing, and one of nothing") {
  CHECK(seconds(arrival_at({{10s, 0, 100}}, 5)) == doctest::Approx(1));  // 5 = 10 t^2 / 2
  CHECK(arrival_at({{10s, 0, 0}, {1s, 10, 10}}, 0) == 10s);
  CHECK(arrival_at({{10s, 0, 0}}, 0) == Duration::max());
  CHECK(arrival_at({}, 0) == Duration::max());
}

TEST_CASE("poisson arrivals: rate, spread and order are those of a Poisson process") {
  ArrivalSchedule schedule(constant_rate(100, 1000s), Group::Arrivals::poisson, 42);
  std::vector<double> gaps;
  double before = 0;
  for (auto arrival = schedule.next(); arrival.start != Duration::max();
       arrival = schedule.next()) {
    const double at = seconds(arrival.start);
    REQUIRE(at >= before);
    gaps.push_back(at - before);
    before = at;
  }
  CHECK(static_cast<double>(gaps.size()) == doctest::Approx(100'000).epsilon(0.02));
  double mean = 0, square = 0;
  for (const double gap : gaps)
    mean += gap;
  mean /= static_cast<double>(gaps.size());
  for (const double gap : gaps)
    square += (gap - mean) * (gap - mean);
  CHECK(std::sqrt(square / static_cast<double>(gaps.size())) ==
        doctest::Approx(mean).epsilon(0.02));
}

TEST_CASE("poisson arrivals: the same seed gives the same schedule, another seed another one") {
  ArrivalSchedule one(constant_rate(100, 10s), Group::Arrivals::poisson, 1);
  ArrivalSchedule same(constant_rate(100, 10s), Group::Arrivals::poisson, 1);
  ArrivalSchedule other(constant_rate(100, 10s), Group::Arrivals::poisson, 2);
  int differences = 0;
  for (int i = 0; i < 500; ++i) {
    const auto start = one.next().start;
    CHECK(start == same.next().start);
    differences += start != other.next().start ? 1 : 0;
  }
  CHECK(differences > 490);
}

TEST_CASE("chance: even, and its own for each user and draw") {
  double sum = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const double value = chance(7, i % 100, i / 100);
    REQUIRE(value >= 0);
    REQUIRE(value < 1);
    sum += value;
  }
  CHECK(sum / 10'000 == doctest::Approx(0.5).epsilon(0.02));
  CHECK(chance(7, 1, 2) != chance(7, 2, 1));
}

TEST_CASE("drawn: stays in the range") {
  CHECK(drawn({1s, 3s}, 0) == 1s);
  CHECK(drawn({1s, 3s}, 0.5) == 2s);
  CHECK(drawn({2s, 2s}, 0.7) == 2s);
}
