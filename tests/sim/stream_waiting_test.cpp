// When a stream connects again: the rules of rtctl-tail(1), "Waiting", in virtual time.
#include <doctest/doctest.h>

#include "stream_rig.hpp"

using namespace rtctl;
using namespace rtctl::test;
using client::CloseReason;
using client::StreamState;
using net::OutcomeKind;
using Texts = std::vector<std::string>;
using Times = std::vector<Duration>;

TEST_CASE("stream waiting: failures in a row wait initial x multiplier^k, up to the maximum") {
  StreamRig rig;
  rig.transport.plays(Script().end(OutcomeKind::connect));
  rig.run(70s);
  CHECK(rig.request_times() == Times{0s, 1s, 3s, 7s, 15s, 31s, 61s});
}

TEST_CASE("stream waiting: after an event the base alone, then growth from there") {
  StreamRig rig;
  rig.transport.plays(Script().end(OutcomeKind::connect));
  rig.transport.plays(Script().end(OutcomeKind::connect));
  rig.transport.plays(Script().stream().body("data: a\n\n").end());
  rig.transport.plays(Script().end(OutcomeKind::connect));
  rig.run(7s);
  CHECK(rig.request_times() == Times{0s, 1s, 3s, 3500ms, 4500ms, 6500ms});
}

TEST_CASE("stream waiting: comments are no event") {
  StreamRig rig;
  rig.transport.plays(Script().stream().body(": hi\n\nid: 3\n\n").end());
  rig.run(8s);
  CHECK(rig.request_times() == Times{0s, 1s, 3s, 7s});
}

TEST_CASE("stream waiting: a quiet stream that lived for the maximum is no failure") {
  StreamRig rig;
  rig.options.idle_timeout = {};
  rig.transport.plays(Script().stream().end(OutcomeKind::reset, 31s));
  rig.run(100s);
  CHECK(rig.request_times() == Times{0s, 31500ms, 63s, 94500ms});
}

TEST_CASE("stream waiting: the server's retry is the base, from then on") {
  StreamRig rig;
  rig.transport.plays(Script().stream().body("retry: 3000\ndata: a\n\n").end());
  rig.transport.plays(Script().stream().body("data: a\n\n").end());
  rig.transport.plays(Script().end(OutcomeKind::connect));
  rig.run(20s);
  // k = 0, k = 0 on the next connection too, then k = 1: 3 s x 2.
  CHECK(rig.request_times() == Times{0s, 3s, 6s, 12s});
}

TEST_CASE("stream waiting: retry above 24 h counts as 24 h, retry: 0 does not spin") {
  StreamRig rig;
  rig.transport.plays(Script().stream().body("retry: 999999999999999999\ndata: a\n\n").end());
  rig.transport.plays(Script().stream().body("retry: 0\ndata: a\n\n").end());
  rig.transport.plays(Script().end(OutcomeKind::connect));
  rig.run(24h + 300ms);
  REQUIRE(rig.transport.seen.size() >= 6);
  CHECK(rig.request_times()[1] == 24h);
  CHECK(rig.request_times()[2] == 24h);         // k = 0: at once, it had delivered an event
  CHECK(rig.request_times()[3] == 24h + 20ms);  // k = 1: 10 ms x 2
  CHECK(rig.request_times()[4] == 24h + 60ms);
}

TEST_CASE("stream waiting: Retry-After is a minimum that the maximum does not shorten") {
  SUBCASE("seconds") {
    StreamRig rig;
    rig.transport.plays(Script().connect().head(503, {{"Retry-After", "120"}}));
    rig.run(121s);
    CHECK(rig.request_times() == Times{0s, 120s});
  }
  SUBCASE("a date") {
    StreamRig rig;
    rig.transport.plays(
        Script().connect().head(429, {{"Retry-After", "Sat, 31 Jan 2026 12:01:30 GMT"}}));
    rig.transport.plays(Script().stream());
    rig.run(91s);
    CHECK(rig.request_times() == Times{0s, 90s});
  }
  SUBCASE("shorter than the backoff") {
    StreamRig rig;
    rig.transport.plays(Script().connect().head(503, {{"Retry-After", "0"}}));
    rig.run(3500ms);
    CHECK(rig.request_times() == Times{0s, 1s, 3s});
  }
  SUBCASE("nonsense") {
    StreamRig rig;
    rig.transport.plays(Script().connect().head(503, {{"Retry-After", "soon"}}));
    rig.run(1500ms);
    CHECK(rig.request_times() == Times{0s, 1s});
  }
}

TEST_CASE("stream waiting: max_retries allows N+1 requests in a row without an event") {
  for (const std::uint32_t retries : {0U, 1U, 3U}) {
    StreamRig rig;
    rig.options.max_retries = retries;
    rig.transport.plays(Script().end(OutcomeKind::connect));
    rig.run(1h);
    CHECK(rig.transport.seen.size() == retries + 1);
    CHECK(rig.close_reasons == std::vector{CloseReason::retries_used});
  }
}

TEST_CASE("stream waiting: an event gives all retries back, a quiet connection does not") {
  StreamRig rig;
  rig.options.max_retries = 1;
  rig.transport.plays(Script().end(OutcomeKind::connect));
  rig.transport.plays(Script().stream().body("data: a\n\n").end());
  rig.transport.plays(Script().stream().end());
  rig.run(1h);
  CHECK(rig.transport.seen.size() == 4);
}

TEST_CASE("stream waiting: jitter only lengthens the base") {
  StreamRig rig;
  rig.options.backoff.jitter = Jitter::full;
  rig.transport.plays(Script().stream().body("retry: 1000\ndata: a\n\n").end());
  rig.run(10min);
  const auto times = rig.request_times();
  REQUIRE(times.size() > 300);
  bool varies = false;
  for (std::size_t index = 1; index < times.size(); ++index) {
    const Duration wait = times[index] - times[index - 1];
    CHECK(wait >= 1s);
    CHECK(wait <= 1500ms);
    varies = varies || wait != times[1] - times[0];
  }
  CHECK(varies);
}

TEST_CASE("stream silence: half the idle time-out is stale, all of it is lost") {
  StreamRig rig;
  rig.options.idle_timeout = 40s;
  rig.transport.plays(Script().stream().body("data: a\n\n", 10s));
  rig.run(51s);
  CHECK(rig.states == Texts{"0s connecting", "0s open", "30s stale", "50s waiting",
                            "50.5s connecting", "50.5s open"});
  CHECK(rig.losses == Texts{"idle wait 500ms"});
  CHECK(rig.loss_details == Texts{"no byte for 40s"});
}

TEST_CASE("stream silence: comments and undecoded bytes count as life") {
  StreamRig rig;
  rig.options.idle_timeout = 40s;
  Script script = Script().stream();
  for (int index = 0; index < 10; ++index)
    script.body(": beat\n", 30s).activity(35s);
  rig.transport.plays(script);
  rig.run(10min);
  CHECK(rig.losses.empty());
  CHECK(rig.transport.seen.size() == 1);
  CHECK(rig.states[2] == "20s stale");
  CHECK(rig.states[3] == "30s open");
}

TEST_CASE("stream silence: also while waiting for headers, not while connecting") {
  StreamRig rig;
  rig.options.idle_timeout = 40s;
  rig.transport.plays(Script().connect(20s));
  rig.run(61s);
  CHECK(rig.losses == Texts{"idle wait 500ms"});
  CHECK(rig.transport.seen.size() == 2);
  CHECK(rig.transport.seen[1].at.time_since_epoch() == 60500ms);
}

TEST_CASE("stream silence: 0 waits for ever") {
  StreamRig rig;
  rig.options.idle_timeout = {};
  rig.transport.plays(Script().stream());
  rig.run(1000h);
  CHECK(rig.losses.empty());
  CHECK(rig.states == Texts{"0s connecting", "0s open"});
}

TEST_CASE("stream silence: one timer serves, however much arrives") {
  StreamRig rig;
  Script script = Script().stream();
  for (int index = 0; index < 1000; ++index)
    script.body("data: a\n\n", 1ms);
  rig.transport.plays(script);
  rig.run(500ms);
  CHECK(rig.loop.timers() == 2);  // the stream's, and the script's own
}

TEST_CASE("stream: an answer whose header takes too long is lost, and tried again") {
  StreamRig rig;
  rig.options.head_timeout = 3s;
  rig.transport.plays(Script().connect(1s));
  rig.transport.plays(Script().stream());
  rig.run(60s);
  CHECK(rig.losses == Texts{"timeout wait 1s", "idle wait 500ms"});
  REQUIRE(rig.transport.seen.size() >= 2);
  CHECK(rig.transport.seen[1].at.time_since_epoch() == 4s);
  CHECK(rig.states[3] == "4s open");  // and once it is open, only silence counts
}

TEST_CASE("stream: redirects and a paused reader do not stretch the time for the header") {
  StreamRig rig;
  rig.options.head_timeout = 3s;
  rig.options.idle_timeout = {};
  rig.transport.plays(Script().connect().head(307, {{"Location", "/other"}}, 2s).end());
  rig.transport.plays(Script().connect());
  rig.run(3s);
  CHECK(rig.transport.seen.size() == 2);
  CHECK(rig.losses == Texts{"timeout wait 1s"});
}
