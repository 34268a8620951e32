#include "base/asio_loop.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <thread>
#include <vector>

using namespace rtctl;
using namespace std::chrono_literals;

TEST_CASE("asio loop: timers run in the order of their due times, never early") {
  const auto loop = make_asio_loop();
  const TimePoint start = loop->now();
  std::vector<int> ran;
  const Timer late = loop->at(start + 20ms, [&] {
    ran.push_back(2);
    CHECK(loop->now() >= start + 20ms);
    loop->stop();
  });
  const Timer soon = loop->at(start + 5ms, [&] { ran.push_back(1); });
  Timer never = loop->at(start + 10ms, [&] { ran.push_back(3); });
  never.cancel();
  loop->run();
  CHECK(ran == std::vector<int>{1, 2});
}

TEST_CASE("asio loop: a timer that keeps coming due does not starve posted tasks") {
  const auto loop = make_asio_loop();
  Timer timer;
  std::function<void()> again = [&] { timer = loop->after(0ns, again); };
  again();
  std::thread other([&] { loop->post([&] { loop->stop(); }); });
  loop->run();
  other.join();
}

TEST_CASE("asio loop: tasks and handlers that own timers may outlast the run") {
  const auto loop = make_asio_loop();
  const auto in_task = std::make_shared<Timer>(loop->after(1h, [] {}));
  const auto in_timer = std::make_shared<Timer>(loop->after(2h, [] {}));
  const auto outer = std::make_shared<Timer>(loop->after(1h, [in_timer] {}));
  loop->post([in_task, outer] {});
}

TEST_CASE("asio loop: can be run again after it was stopped") {
  const auto loop = make_asio_loop();
  for (int i = 0; i < 3; ++i) {
    bool ran = false;
    loop->post([&] {
      ran = true;
      loop->stop();
    });
    loop->run();
    CHECK(ran);
  }
}
