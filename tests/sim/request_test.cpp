#include "client/request.hpp"

#include <doctest/doctest.h>

#include "../support/fake_loop.hpp"
#include "../support/fake_transport.hpp"

using namespace rtctl;
using namespace rtctl::test;
using namespace std::chrono_literals;
using client::Failure;
using net::OutcomeKind;

namespace {

struct RequestRig final : client::RequestObserver {
  struct Seen {
    Failure failure;
    bool is_final;
    int status;
    std::string body, detail;
    int redirects;
    Duration took;
  };

  void on_response(const client::Response& response) override {
    seen.push_back({response.failure, response.is_final, response.status,
                    std::string(response.body), std::string(response.detail), response.redirects,
                    response.ended - response.started});
    if (on_each) on_each();
  }

  FakeLoop loop;
  FakeTransport transport{loop};
  Random random = make_random(1, 0);
  client::Environment environment{loop, transport, random};
  client::RequestOptions options;
  net::Request request{.url = "http://server.test/x"};
  std::vector<Seen> seen;
  std::function<void()> on_each;
};

}  // namespace

TEST_CASE("request: an answer with its times") {
  RequestRig rig;
  rig.transport.plays(Script().connect(5ms).head(200, {}, 10ms).body("ab").body("cd", 20ms).end());
  client::RequestClient client(rig.environment, rig.options, rig);
  client.start(rig.request);
  CHECK(client.is_active());
  rig.loop.advance(1s);
  REQUIRE(rig.seen.size() == 1);
  CHECK(rig.seen[0].failure == Failure::none);
  CHECK(rig.seen[0].status == 200);
  CHECK(rig.seen[0].body == "abcd");
  CHECK(rig.seen[0].took == 35ms);
  CHECK_FALSE(client.is_active());
}

TEST_CASE("request: time-outs") {
  SUBCASE("of the whole request, also when bytes keep coming") {
    RequestRig rig;
    rig.options.request_timeout = 3s;
    Script script = Script().connect().head(200);
    for (int index = 0; index < 100; ++index)
      script.body("x", 100ms);
    rig.transport.plays(script);
    client::RequestClient client(rig.environment, rig.options, rig);
    client.start(rig.request);
    rig.loop.advance(1h);
    REQUIRE(rig.seen.size() == 1);
    CHECK(rig.seen[0].failure == Failure::timeout);
    CHECK(rig.seen[0].took == 3s);
    CHECK(rig.transport.cancelled == 1);
  }
  SUBCASE("of silence, from the connection on") {
    RequestRig rig;
    rig.options.idle_timeout = 3s;
    rig.transport.plays(Script().connect(10s).head(200, {}, 2s).body("x", 2s));
    client::RequestClient client(rig.environment, rig.options, rig);
    client.start(rig.request);
    rig.loop.advance(1h);
    REQUIRE(rig.seen.size() == 1);
    CHECK(rig.seen[0].failure == Failure::idle);
    CHECK(rig.seen[0].took == 17s);
  }
  SUBCASE("each request has its own") {
    RequestRig rig;
    rig.options.request_timeout = 3s;
    rig.transport.plays(Script().connect(2s).head(200).end());
    client::RequestClient client(rig.environment, rig.options, rig);
    rig.on_each = [&] {
      if (rig.seen.size() < 5) client.start(rig.request);
    };
    client.start(rig.request);
    rig.loop.advance(1h);
    REQUIRE(rig.seen.size() == 5);
    for (const auto& seen : rig.seen)
      CHECK(seen.failure == Failure::none);
    CHECK(rig.loop.now().time_since_epoch() == 1h);
    CHECK(rig.loop.timers() == 0);
  }
}

TEST_CASE("request: redirects") {
  RequestRig rig;
  rig.transport.plays(Script().connect().head(302, {{"Location", "/y"}}).body("ignored").end());
  rig.transport.plays(Script().connect().head(200).body("here").end());
  client::RequestClient client(rig.environment, rig.options, rig);
  client.start(rig.request);
  rig.loop.advance(1s);
  REQUIRE(rig.seen.size() == 1);
  CHECK(rig.seen[0].body == "here");
  CHECK(rig.seen[0].redirects == 1);
  CHECK(rig.transport.seen.at(1).request.url == "http://server.test/y");
}

TEST_CASE("request: endless redirects are final, the eleventh at the latest") {
  RequestRig rig;
  rig.transport.plays(Script().connect().head(302, {{"Location", "/y"}}).end());
  client::RequestClient client(rig.environment, rig.options, rig);
  client.start(rig.request);
  rig.loop.advance(1s);
  REQUIRE(rig.seen.size() == 1);
  CHECK(rig.seen[0].is_final);
  CHECK(rig.transport.seen.size() == 11);
}

TEST_CASE("request: a body over the limit") {
  RequestRig rig;
  rig.options.body_bytes_max = 3;
  rig.transport.plays(Script().connect().head(200).body("abcd").end());
  client::RequestClient client(rig.environment, rig.options, rig);
  client.start(rig.request);
  rig.loop.advance(1s);
  REQUIRE(rig.seen.size() == 1);
  CHECK(rig.seen[0].failure == Failure::bad_frame);
  CHECK(rig.seen[0].is_final);
}

TEST_CASE("request: nothing follows cancel") {
  RequestRig rig;
  rig.transport.plays(Script().connect().head(200, {}, 1s).end());
  client::RequestClient client(rig.environment, rig.options, rig);
  client.start(rig.request);
  rig.loop.advance(500ms);
  client.cancel();
  rig.loop.advance(1h);
  CHECK(rig.seen.empty());
}
