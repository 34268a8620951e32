// Asking a server for its time, in virtual time.
#include <doctest/doctest.h>

#include "../support/fake_loop.hpp"
#include "../support/fake_transport.hpp"
#include "base/time_format.hpp"
#include "engine/clock_offset.hpp"

using namespace rtctl;
using namespace rtctl::test;
using namespace std::chrono_literals;

namespace {

struct Asked {
  FakeLoop loop;
  FakeTransport transport{loop};
  int told = 0;
  std::optional<engine::ClockEstimate> estimate;
  std::unique_ptr<engine::ClockProbe> probe;

  void ask() {
    probe =
        std::make_unique<engine::ClockProbe>(loop, transport, "http://server.test", false,
                                             [this](std::optional<engine::ClockEstimate> found) {
                                               ++told;
                                               estimate = found;
                                               probe.reset();  // allowed inside
                                             });
    loop.advance(10s);
  }
};

}  // namespace

TEST_CASE("clock probe: finds the offset of a server whose clock is wrong") {
  Asked asked;
  asked.transport.answers = [&](const net::Request&) {
    const auto theirs = asked.loop.wall_now() + 5ms - 83'217ms;
    return Script().connect().head(200, {{"Date", format_http_date(theirs)}}, 5ms).end();
  };
  asked.ask();
  CHECK(asked.told == 1);
  REQUIRE(asked.estimate);
  CHECK(std::chrono::abs(asked.estimate->offset + 83'217ms) <= asked.estimate->bound);
  CHECK(asked.estimate->bound <= 6ms);  // half of an answer's time and of the distance of questions
  CHECK(asked.transport.seen.size() <= 64);
}

TEST_CASE("clock probe: quick answers tell the offset to a millisecond") {
  for (const auto truth : {0ms, 311ms, -2'500ms, 3'600'000ms}) {
    CAPTURE(truth.count());
    Asked asked;
    asked.transport.answers = [&](const net::Request&) {
      const auto theirs = asked.loop.wall_now() + 200us + truth;
      return Script().connect().head(200, {{"Date", format_http_date(theirs)}}, 300us).end();
    };
    asked.ask();
    REQUIRE(asked.estimate);
    CHECK(std::chrono::abs(asked.estimate->offset - truth) <= asked.estimate->bound);
    CHECK(asked.estimate->bound <= 2ms);
  }
}

TEST_CASE("clock probe: a server that tells no time is asked once") {
  Asked asked;
  asked.transport.answers = [](const net::Request&) { return Script().connect().head(200).end(); };
  asked.ask();
  CHECK(asked.told == 1);
  CHECK_FALSE(asked.estimate);
  CHECK(asked.transport.seen.size() == 1);
}
