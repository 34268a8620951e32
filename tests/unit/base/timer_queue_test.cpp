#include "base/timer_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace rtctl;
using namespace std::chrono_literals;

TEST_CASE("timer queue: runs by due time, equal ones in the order they were added") {
  TimerQueue queue;
  std::vector<int> ran;
  const TimePoint start{};
  queue.add(start + 3s, [&] { ran.push_back(3); });
  queue.add(start + 1s, [&] { ran.push_back(1); });
  queue.add(start + 1s, [&] { ran.push_back(2); });
  CHECK(!queue.pop_due(start));
  while (auto task = queue.pop_due(start + 5s))
    task();
  CHECK(ran == std::vector<int>{1, 2, 3});
}

TEST_CASE("timer queue: a late cancel hits no later timer in the same slot") {
  TimerQueue queue;
  const TimerId first = queue.add(TimePoint{}, [] {});
  CHECK(queue.pop_due(TimePoint{}));
  const TimerId second = queue.add(TimePoint{}, [] {});
  CHECK(second.slot == first.slot);
  CHECK(!queue.cancel(first));
  CHECK(queue.size() == 1);
  CHECK(queue.cancel(second));
  CHECK(queue.size() == 0);
}

TEST_CASE("timer queue: random adds and cancels come out sorted") {
  const unsigned seed = 20260131;
  CAPTURE(seed);
  std::mt19937 random(seed);
  TimerQueue queue;
  std::vector<TimerId> ids;
  std::vector<TimePoint> expected;
  for (int i = 0; i < 5000; ++i) {
    const TimePoint due = TimePoint{} + std::chrono::milliseconds(random() % 1000);
    ids.push_back(queue.add(due, [] {}));
    expected.push_back(due);
  }
  for (std::size_t i = ids.size(); i-- > 0;) {
    if (random() % 3 != 0) continue;
    CHECK(queue.cancel(ids[i]));
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(i));
  }
  std::sort(expected.begin(), expected.end());
  for (const TimePoint due : expected) {
    REQUIRE(queue.next_due() == due);
    queue.pop_due(due);
  }
  CHECK(queue.size() == 0);
}
