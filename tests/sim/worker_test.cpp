// Whole runs of the load engine in virtual time: what they record is held against formulas.
#include "worker_rig.hpp"

#include <fmt/format.h>

#include "base/time_format.hpp"

using namespace rtctl;
using namespace rtctl::test;

namespace {

std::string event(int id, WallTime sent) {
  return fmt::format("id: {}\ndata: {{\"timestamp\":\"{}\"}}\n\n", id, format_rfc3339(sent));
}

WallTime wall(Duration at) {
  return FakeLoop::kWallStart + std::chrono::duration_cast<std::chrono::microseconds>(at);
}

}  // namespace

TEST_CASE("closed requests: each follows the answer and the think time") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: request, users: 3, think: 400ms, request: {path: /x}}
)");
  rig.transport.answers = [](const net::Request&) { return answer(200, "hello", 100ms); };
  rig.run();
  CHECK(rig.count(Counter::requests) == 3 * 20);  // a round takes 500 ms
  CHECK(rig.count(Counter::http_2xx) == 60);
  CHECK(rig.count(Counter::bytes) == 5 * 60);
  CHECK(rig.count(Counter::users_started) == 3);
  CHECK(rig.quantile(Metric::latency, 0.5) >= 100ms);
  CHECK(rig.quantile(Metric::latency, 1) <= 101ms);
}

TEST_CASE("open arrivals: as many as planned, whatever the answers take") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: request, rate: 50/s, request: {path: /x}}
)");
  rig.transport.answers = [](const net::Request&) { return answer(200, "", 2s); };
  rig.run();
  CHECK(rig.transport.seen.size() == 500);
  CHECK(rig.count(Counter::requests) == 500);  // the last ones are answered in the grace time
  CHECK(rig.quantile(Metric::latency, 1) <= 2100ms);
  CHECK(rig.count(Counter::connections_opened) == 500);
}

TEST_CASE("open arrivals: over the limit they are dropped and counted") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: request, rate: 50/s, max_in_flight: 10, request: {path: /x}}
)");
  rig.transport.answers = [](const net::Request&) { return answer(200, "", 2s); };
  rig.run();
  CHECK(rig.count(Counter::requests) + rig.count(Counter::dropped) == 500);
  CHECK(rig.count(Counter::requests) == 50);  // ten at a time, each for two seconds
}

TEST_CASE("open arrivals: a stalled server shows in latency, not in fewer samples") {
  // The server answers nothing in the first second of ten. At a fixed rate r the requests planned
  // at t in the stall wait 1 s - t: of all samples a tenth is spread evenly over 0..1 s.
  WorkerRig rig(R"(
duration: 100s
groups:
  - {name: g, kind: request, rate: 100/s, request: {path: /x}}
)");
  rig.transport.answers = [&](const net::Request&) {
    const Duration at = (rig.loop.now().time_since_epoch() - 1s) % Duration(10s);
    return answer(200, "", at < 1s ? 1s - at : 0ms);
  };
  rig.run();
  CHECK(rig.samples(Metric::latency) == 10'000);
  CHECK(rig.quantile(Metric::latency, 0.99) >= 890ms);
  CHECK(rig.quantile(Metric::latency, 0.99) <= 911ms);
  CHECK(rig.quantile(Metric::latency, 0.95) >= 490ms);
  CHECK(rig.quantile(Metric::latency, 0.95) <= 511ms);
  CHECK(rig.quantile(Metric::latency, 0.89) <= 1us);
}

TEST_CASE("warm-up: run, not recorded") {
  WorkerRig rig(R"(
duration: 5s
warmup: 2500ms
groups:
  - {name: g, kind: request, rate: 10/s, request: {path: /x}}
)");
  rig.transport.answers = [](const net::Request&) { return answer(200); };
  rig.run();
  CHECK(rig.transport.seen.size() == 75);
  CHECK(rig.count(Counter::requests) == 50);
  // Pages turn each second, and at the end of the warm-up.
  CHECK(rig.page_times[1] == 2s);
  CHECK(rig.page_times[2] == 2500ms);
  CHECK(rig.page_times[3] == 3s);
}

TEST_CASE("ramp: users start evenly, and two workers share them") {
  std::vector<std::size_t> requests;
  for (std::uint64_t index = 0; index < 2; ++index) {
    WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: poll, users: 10, ramp_up: 10s, interval: 100s, path: /x}
)",
                  {.index = index, .count = 2});
    rig.transport.answers = [](const net::Request&) { return answer(200, "{}"); };
    rig.run();
    CHECK(rig.count(Counter::users_started) == 5);
    requests.push_back(rig.transport.seen.size());
  }
  // User i starts at i seconds and polls i * 10 s later at the earliest: only user 0 does in time.
  CHECK(requests == std::vector<std::size_t>{1, 0});
}

TEST_CASE("poll: the interval is kept whatever the answers take") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: poll, users: 1, interval: 1s, path: /x}
)");
  rig.transport.answers = [](const net::Request&) { return answer(200, "{}", 300ms); };
  rig.run();
  REQUIRE(rig.transport.seen.size() == 10);
  for (std::size_t i = 0; i < 10; ++i)
    CHECK(rig.transport.seen[i].at.time_since_epoch() == 1s + i * 1s);
}

TEST_CASE(
    "poll: an answer that outlasts the interval delays the next, which counts from its plan") {
  WorkerRig rig(R"(
duration: 9s
groups:
  - {name: g, kind: poll, users: 1, interval: 1s, path: /x}
)");
  rig.transport.answers = [&](const net::Request&) {
    return answer(200, "{}", rig.transport.seen.size() == 1 ? 3500ms : 0ms);
  };
  rig.run();
  CHECK(rig.count(Counter::requests) == 9);
  CHECK(rig.quantile(Metric::latency, 1) >= 3500ms);
  CHECK(rig.quantile(Metric::latency, 8.0 / 9) >= 2500ms);  // planned at 1 s, sent at 3.5 s
  CHECK(rig.quantile(Metric::service, 8.0 / 9) <= 1ms);
}

TEST_CASE("expectations: what does not hold is an error by name") {
  WorkerRig rig(R"(
duration: 4s
groups:
  - {name: g, kind: poll, users: 1, interval: 1s, path: /x, expect: {status: [200], json: {/a: number}}}
)");
  rig.transport.answers = [&](const net::Request&) {
    switch (rig.transport.seen.size()) {
      case 1:
        return answer(200, R"({"a":1})");
      case 2:
        return answer(200, R"({"a":"1"})");
      case 3:
        return answer(404, "");
      default:
        return answer(200, "not json");
    }
  };
  rig.run();
  CHECK(rig.total().errors(metrics::ErrorCode::expectation) == 1);
  CHECK(rig.total().errors(metrics::ErrorCode::http_4xx) == 1);
  CHECK(rig.total().errors(metrics::ErrorCode::bad_json) == 1);
  CHECK(rig.total().errors_all() == 3);
}

TEST_CASE("streams: delivery, gaps and counts are those that were played") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: sse, users: 4, path: /e, sent_at: /timestamp, sequence: id}
)");
  rig.transport.answers = [&](const net::Request&) {
    Script script = Script().stream().body("retry: 100\ndata: Connected\n\n: hello\n\n");
    const Duration begin = rig.loop.now().time_since_epoch();
    for (int i = 1; i <= 9; ++i)  // each is sent 20 ms before it arrives
      script.body(event(i, wall(begin + i * 1s - 20ms)), 1s);
    return script;
  };
  rig.run();
  CHECK(rig.count(Counter::events) == 4 * 9);  // the greeting has no id
  CHECK(rig.count(Counter::heartbeats) == 4);
  CHECK(rig.count(Counter::lost) == 0);
  CHECK(rig.samples(Metric::delivery) == 36);
  CHECK(rig.quantile(Metric::delivery, 1) <= 20'050us);
  CHECK(rig.quantile(Metric::delivery, 0) >= 19'950us);
  CHECK(rig.quantile(Metric::event_gap, 1) <= 1'001ms);
  CHECK(rig.count(Counter::time_open) == rig.count(Counter::time_wanted));
  CHECK(rig.count(Counter::connections_closed) == 0);  // the end of the run is no loss
}

TEST_CASE("streams: what a reconnection skips is lost, what it repeats is duplicated") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: sse, users: 1, path: /e, sequence: id}
)");
  rig.transport.plays(Script()
                          .stream()
                          .body("id: 1\ndata: x\n\nid: 2\ndata: x\n\n")
                          .end(net::OutcomeKind::reset, 1s));
  rig.transport.plays(Script().stream().body("id: 2\ndata: x\n\nid: 5\ndata: x\n\n"));
  rig.run();
  REQUIRE(rig.transport.seen.size() == 2);
  CHECK(rig.transport.seen[1].header("Last-Event-ID") == "2");
  CHECK(rig.count(Counter::lost) == 2);
  CHECK(rig.count(Counter::duplicated) == 1);
  CHECK(rig.count(Counter::reconnects) == 1);
  CHECK(rig.total().errors(metrics::ErrorCode::reset) == 1);
  CHECK(rig.samples(Metric::recovery) == 1);
  CHECK(rig.count(Counter::time_open) < rig.count(Counter::time_wanted));
}

TEST_CASE("streams: a disconnection cuts every connection at its instant, and all come back") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: sse, users: 5, path: /e, disconnect: {all: true, at: 4s}}
)");
  rig.transport.answers = [](const net::Request&) { return Script().stream().body("data: x\n\n"); };
  rig.run();
  CHECK(rig.transport.seen.size() == 10);
  CHECK(rig.count(Counter::reconnects) == 5);
  CHECK(rig.total().errors_all() == 0);  // our own cuts are no errors
  CHECK(rig.transport.seen[5].at >= TimePoint(5s));
}

TEST_CASE("streams: one that ends well begins again after the think time") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: sse, users: 1, path: /e, until: "[DONE]", think: 1s}
)");
  rig.transport.answers = [](const net::Request&) {
    return Script().stream().body("data: a\n\n").body("data: [DONE]\n\n", 1s);
  };
  rig.run();
  CHECK(rig.count(Counter::iterations) == 5);
  CHECK(rig.quantile(Metric::stream, 0.5) >= 1s);
  CHECK(rig.count(Counter::events) == 10);
  CHECK(rig.count(Counter::reconnects) == 0);
}

TEST_CASE("streams: who vanished neither reads on, nor cuts its connection, nor comes back") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - name: g
    kind: sse
    users: 3
    path: /e
    half_open: 100%
    read_rate: 1KiB/s
    drop_every: 1s
    disconnect: {all: true, at: 4s}
)");
  rig.transport.answers = [](const net::Request&) {
    Script script = Script().stream();
    for (int i = 0; i < 50; ++i)
      script.body("data: x\n\n", 100ms);
    return script;
  };
  rig.run();
  CHECK(rig.transport.seen.size() == 3);
  CHECK(rig.count(Counter::events) == 3);
  CHECK(rig.count(Counter::reconnects) == 0);
}

TEST_CASE("streams: one that is still away at the end has not recovered") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: sse, users: 2, path: /e, disconnect: {all: true, at: 4s}}
)");
  rig.transport.answers = [&](const net::Request&) {
    return rig.transport.seen.size() == 4 ? answer(503) : Script().stream().body("data: x\n\n");
  };
  rig.run();
  CHECK(rig.count(Counter::reconnects) + rig.count(Counter::unrecovered) >= 2);
  CHECK(rig.samples(Metric::recovery) + rig.count(Counter::unrecovered) == 2);
}

TEST_CASE("streams: a slow consumer reads at its rate") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: sse, users: 1, path: /e, read_rate: 1KiB/s}
)");
  rig.transport.answers = [](const net::Request&) {
    Script script = Script().stream();
    const std::string kilobyte = "data: " + std::string(1016, 'x') + "\n\n";
    for (int i = 0; i < 100; ++i)
      script.body(kilobyte);
    return script;
  };
  rig.run();
  CHECK(rig.count(Counter::bytes) >= 10 * 1024);
  CHECK(rig.count(Counter::bytes) <= 12 * 1024);
}

TEST_CASE("finish: a run that is ended early hands over what it has") {
  WorkerRig rig(R"(
duration: 100s
groups:
  - {name: g, kind: request, rate: 10/s, request: {path: /x}}
)");
  rig.transport.answers = [](const net::Request&) { return answer(200); };
  rig.worker->start();
  rig.loop.advance(6s);  // one of them before the begin
  rig.worker->finish();
  rig.loop.advance(1s);
  CHECK(rig.is_over);
  CHECK(rig.count(Counter::requests) >= 50);
  CHECK(rig.count(Counter::requests) <= 51);
}

TEST_CASE("finish: in the warm-up nothing is recorded, not even the drain") {
  WorkerRig rig(R"(
warmup: 10s
duration: 10s
groups:
  - {name: g, kind: request, rate: 10/s, request: {path: /x}}
)");
  rig.transport.answers = [](const net::Request&) { return answer(200, "", 300ms); };
  rig.worker->start();
  rig.loop.advance(4500ms);
  rig.worker->finish();
  rig.loop.advance(1s);
  CHECK(rig.is_over);
  CHECK(rig.transport.seen.size() >= 30);
  CHECK(rig.count(Counter::requests) == 0);
}

TEST_CASE("finish: an answer that never comes is given up after the grace time") {
  WorkerRig rig(R"(
duration: 2s
groups:
  - {name: g, kind: request, users: 1, request: {path: /x}, timeouts: {request: 60s}}
)");
  rig.transport.answers = [](const net::Request&) { return Script().connect(); };
  rig.run();
  CHECK(rig.count(Counter::requests) == 0);
  CHECK(rig.page_times.back() >= 2s + rig.scenario.grace);
}

TEST_CASE("flow: steps in order, with what was captured, again after the think time") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - name: g
    kind: flow
    users: 1
    think: 500ms
    steps:
      - get: /login
        capture: {token: /token, session: "header:x-session"}
      - sse: /events
        headers: {authorization: "Bearer ${token}", x-session: "${session}"}
        until_events: 2
      - repeat: {times: 3, steps: [{think: 100ms}, {post: /act, json: {n: "${token}"}}]}
      - poll: /status
        interval: 200ms
        times: 2
      - say: "I am ${user.index}"
)");
  rig.transport.answers = [](const net::Request& request) {
    if (request.url.ends_with("/login"))
      return Script().connect().head(200, {{"X-Session", "s1"}}).body(R"({"token":17})").end();
    if (request.url.ends_with("/events"))
      return Script().stream().body("data: a\n\n").body("data: b\n\n", 300ms);
    return answer(200, "{}");
  };
  rig.run();
  const auto& seen = rig.transport.seen;
  // One round: 300 ms of stream, 3 x 100 ms, 200 ms of polling, 500 ms of thought.
  REQUIRE(seen.size() >= 8 * 7);
  const std::vector<std::string> paths{"/login", "/events", "/act",    "/act",
                                       "/act",   "/status", "/status", "/api/messages"};
  for (std::size_t i = 0; i < 16; ++i)
    CHECK(seen[i].request.url == "http://server.test" + paths[i % 8]);
  CHECK(seen[1].header("authorization") == "Bearer 17");
  CHECK(seen[1].header("x-session") == "s1");
  CHECK(seen[2].request.body == R"({"n":17})");
  CHECK(seen[7].request.body == R"({"content":"I am 0"})");
  CHECK(seen[8].at - seen[0].at == 1300ms);
  CHECK(rig.total().errors_all() == 0);
  CHECK(rig.count(Counter::events) == 16);
}

TEST_CASE("flow: a step that fails ends the round") {
  WorkerRig rig(R"(
duration: 1s
groups:
  - name: g
    kind: flow
    users: 1
    steps: [{get: /a}, {get: /b, expect: {status: [200]}}, {get: /c}]
)");
  rig.transport.answers = [](const net::Request& request) {
    return answer(request.url.ends_with("/b") ? 500 : 200);
  };
  rig.run();
  for (const auto& seen : rig.transport.seen)
    CHECK_FALSE(seen.request.url.ends_with("/c"));
  CHECK(rig.total().errors(metrics::ErrorCode::http_5xx) == 10);  // it rests 100 ms each time
  CHECK(rig.count(Counter::iterations) == 0);
}

TEST_CASE("flow: a loop of nothing but answers at once does not starve the rest") {
  WorkerRig rig(R"(
duration: 1s
groups:
  - {name: g, kind: flow, users: 1, steps: [{repeat: {for: 500ms, steps: [{think: 0s}, {get: /a}]}}]}
)");
  rig.transport.answers = [](const net::Request&) { return answer(200, "", 10ms); };
  rig.run();
  CHECK(rig.count(Counter::requests) >= 90);
  CHECK(rig.count(Counter::requests) <= 101);
}

TEST_CASE("chat: polls at the interval, says its lines, and counts what it hears") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: chat, users: 1, path: /api/messages, interval: 1s, say: {every: 2s, text: "line ${iteration}"}}
)");
  std::vector<std::string> said;
  int polls = 0;
  rig.transport.answers = [&](const net::Request& request) {
    if (request.method == "POST") {
      said.push_back(request.body);
      return answer(200, "OK");
    }
    const std::string message =
        fmt::format(R"({{"id":{},"from":"x","content":"hi","timestamp":"{}"}})", ++polls,
                    format_rfc3339(rig.loop.wall_now() - 5ms));
    return answer(200, R"({"messages":[)" + message + R"(],"clientId":"me"})");
  };
  rig.run();
  CHECK(polls == 10);
  CHECK(rig.count(Counter::events) == 10);
  CHECK(said.size() >= 4);
  CHECK(rig.count(Counter::sent) == said.size());
  CHECK(said.at(0).find("line 0") != std::string::npos);
  CHECK(rig.quantile(Metric::delivery, 1) >= 4900us);
  CHECK(rig.quantile(Metric::delivery, 1) <= 5100us);
}

TEST_CASE("feed: follows from now on and logs") {
  WorkerRig rig(R"(
duration: 10s
groups:
  - {name: g, kind: feed, users: 1, path: /api/activity, interval: 1s, log: {every: 2s, type: login, actor: "u${user.index}"}}
)");
  int logged = 0;
  rig.transport.answers = [&](const net::Request& request) {
    if (request.method != "POST")
      return answer(200,
                    R"([{"id":1,"type":"old","user_id":"x","created_at":"2020-01-01T00:00:00Z"}])");
    ++logged;
    CHECK(request.body == R"({"type":"login","userId":"u0"})");
    return answer(200, "OK");
  };
  rig.run();
  CHECK(logged >= 4);
  CHECK(rig.count(Counter::sent) == static_cast<std::uint64_t>(logged));
  CHECK(rig.count(Counter::events) == 0);  // what was there before the run
  CHECK(rig.total().errors_all() == 0);
}
