#include <doctest/doctest.h>

#include "stream_rig.hpp"

using namespace rtctl;
using namespace rtctl::test;
using client::CloseReason;
using client::Failure;
using client::StreamState;
using net::OutcomeKind;
using Texts = std::vector<std::string>;

TEST_CASE("stream: events arrive, with the states on the way") {
  StreamRig rig;
  rig.transport.plays(
      Script().stream(10ms).body("id: 1\ndata: a\n\n: hi\n", 5ms).body("data: b\n\n"));
  rig.run(1s);
  CHECK(rig.events == Texts{"message|a|1", "message|b|1"});
  CHECK(rig.comments == Texts{"hi"});
  CHECK(rig.bytes == 29);
  CHECK(rig.states == Texts{"0s connecting", "10ms open"});
}

TEST_CASE("stream: the request asks for an event stream and leaves what the user set") {
  StreamRig rig;
  rig.options.request.headers = {{"cache-control", "max-age=1"}, {"X-Own", "1"}};
  rig.transport.plays(Script().stream());
  rig.run(1s);
  const auto& seen = rig.transport.seen.at(0);
  CHECK(seen.header("Accept") == "text/event-stream");
  CHECK(seen.header("Cache-Control") == "max-age=1");
  CHECK(seen.header("X-Own") == "1");
  CHECK(seen.header("Last-Event-ID") == "(none)");
}

TEST_CASE("stream: Last-Event-ID is sent once an id is known, and cleared by an empty one") {
  StreamRig rig;
  rig.transport.plays(Script().stream().body("id: 7\ndata: a\n\nid: 8\ndata: cut").end());
  rig.transport.plays(Script().stream().body("data: b\n\nid\n\n").end());
  rig.transport.plays(Script().stream());
  rig.run(10s);
  REQUIRE(rig.transport.seen.size() == 3);
  CHECK(rig.transport.seen[1].header("Last-Event-ID") == "7");  // 8 was never dispatched
  CHECK(rig.transport.seen[2].header("Last-Event-ID") == "(none)");
  CHECK(rig.events == Texts{"message|a|7", "message|b|7"});
}

TEST_CASE("stream: an id given beforehand is sent") {
  StreamRig rig;
  rig.transport.plays(Script().stream());
  rig.stream().set_last_event_id("41");
  rig.run(1s);
  CHECK(rig.transport.seen.at(0).header("Last-Event-ID") == "41");
}

TEST_CASE("stream: 204 ends without a failure") {
  StreamRig rig;
  rig.transport.plays(Script().connect().head(204));
  rig.run(1h);
  CHECK(rig.close_reasons == std::vector{CloseReason::no_content});
  CHECK(rig.losses.empty());
  CHECK(rig.transport.seen.size() == 1);
}

TEST_CASE("stream: what is final and what is tried again") {
  struct Row {
    const char* why;
    Script script;
    bool is_final;
    Failure failure;
  };
  const net::Headers html{{"Content-Type", "text/html"}};
  const std::vector<Row> rows{
      {"a wrong content type", Script().connect().head(200, html), true, Failure::bad_content_type},
      {"no content type", Script().connect().head(200), true, Failure::bad_content_type},
      {"400", Script().connect().head(400), true, Failure::http_4xx},
      {"401", Script().connect().head(401), true, Failure::http_4xx},
      {"404", Script().connect().head(404), true, Failure::http_4xx},
      {"201", Script().connect().head(201), true, Failure::expectation},
      {"304", Script().connect().head(304), true, Failure::expectation},
      {"a redirect without Location", Script().connect().head(302), true, Failure::expectation},
      {"a redirect to ftp", Script().connect().head(302, {{"Location", "ftp://x/"}}), true,
       Failure::expectation},
      {"408", Script().connect().head(408), false, Failure::http_4xx},
      {"425", Script().connect().head(425), false, Failure::http_4xx},
      {"429", Script().connect().head(429), false, Failure::http_4xx},
      {"500", Script().connect().head(500), false, Failure::http_5xx},
      {"503", Script().connect().head(503), false, Failure::http_5xx},
      {"599", Script().connect().head(599), false, Failure::http_5xx},
      {"refused", Script().end(OutcomeKind::connect), false, Failure::connect},
      {"unknown name", Script().end(OutcomeKind::dns), false, Failure::dns},
      {"slow connection", Script().end(OutcomeKind::connect_timeout), false, Failure::timeout},
      {"broken handshake", Script().end(OutcomeKind::tls), false, Failure::tls},
      {"certificate", Script().end(OutcomeKind::certificate), true, Failure::tls},
      {"unknown encoding", Script().end(OutcomeKind::bad_encoding), true,
       Failure::bad_content_type},
      {"reset", Script().stream().end(OutcomeKind::reset), false, Failure::reset},
      {"broken framing", Script().stream().end(OutcomeKind::bad_frame), false, Failure::bad_frame},
      {"end of stream", Script().stream().end(), false, Failure::none},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    StreamRig rig;
    rig.transport.plays(row.script);
    rig.run(100ms);
    REQUIRE(rig.losses.size() == 1);
    CHECK(rig.close_reasons.size() == (row.is_final ? 1 : 0));
    CHECK(rig.losses[0].starts_with(client::name_of(row.failure)));
    CHECK((rig.losses[0].find("wait") == std::string::npos) == row.is_final);
    rig.loop.advance(10min);
    CHECK((rig.transport.seen.size() > 1) == !row.is_final);
  }
}

TEST_CASE("stream: the content type is compared without case and parameters") {
  for (const char* type :
       {"text/event-stream", "Text/Event-Stream; charset=utf-8", "text/event-stream;x"}) {
    StreamRig rig;
    rig.transport.plays(Script().connect().head(200, {{"content-type", type}}));
    rig.run(1s);
    CHECK(rig.stream().state() == StreamState::open);
  }
}

TEST_CASE("stream: strict takes every status but 200 as final, and reconnects after a lost one") {
  StreamRig rig;
  rig.options.strict = true;
  rig.transport.plays(Script().stream().end(OutcomeKind::reset));
  rig.transport.plays(Script().end(OutcomeKind::connect));
  rig.transport.plays(Script().connect().head(503));
  rig.run(1h);
  CHECK(rig.transport.seen.size() == 3);
  CHECK(rig.close_reasons == std::vector{CloseReason::failed});
}

TEST_CASE("stream: without reconnect the end of the stream closes it") {
  StreamRig rig;
  rig.options.reconnect = false;
  rig.transport.plays(Script().stream().body("data: a\n\n").end());
  rig.run(1h);
  CHECK(rig.transport.seen.size() == 1);
  CHECK(rig.close_reasons == std::vector{CloseReason::ended});
  CHECK(rig.closing_failure == Failure::none);
}

TEST_CASE("stream: an event over the limit is final") {
  StreamRig rig;
  rig.options.event_bytes_max = 20;
  rig.transport.plays(Script().stream().body("data: a\n\ndata: 0123456789012345678901234\n\n"));
  rig.run(1h);
  CHECK(rig.events == Texts{"message|a|"});
  CHECK(rig.close_reasons == std::vector{CloseReason::failed});
  CHECK(rig.closing_failure == Failure::bad_frame);
  CHECK(rig.closing_detail == "an event is larger than 20 bytes");
}

TEST_CASE("stream: a cut in mid-event loses that event only") {
  StreamRig rig;
  rig.transport.plays(
      Script().stream().body("id: 1\ndata: a\n\nid: 2\ndata: b").end(OutcomeKind::reset));
  rig.transport.plays(Script().stream().body("id: 2\ndata: b\n\n"));
  rig.run(10s);
  CHECK(rig.events == Texts{"message|a|1", "message|b|2"});
}

TEST_CASE("stream: callbacks may stop, drop and start it") {
  SUBCASE("stop at an event: the rest of the read is not told") {
    StreamRig rig;
    rig.transport.plays(Script().stream().body("data: a\n\ndata: b\n\n"));
    rig.on_each_event = [&] { rig.stream().stop(); };
    rig.run(1h);
    CHECK(rig.events == Texts{"message|a|"});
    CHECK(rig.stream().state() == StreamState::closed);
    CHECK(rig.close_reasons.empty());
    CHECK(rig.transport.cancelled == 1);
    CHECK(rig.transport.seen.size() == 1);
  }
  SUBCASE("drop at an event: it reconnects") {
    StreamRig rig;
    rig.transport.plays(Script().stream().body("data: a\n\ndata: b\n\n"));
    rig.on_each_event = [&] { rig.stream().drop(); };
    rig.run(1100ms);
    CHECK(rig.events == Texts{"message|a|", "message|a|", "message|a|"});
  }
  SUBCASE("stop and start at an event") {
    StreamRig rig;
    rig.transport.plays(Script().stream().body("data: a\n\ndata: b\n\n"));
    rig.on_each_event = [&] {
      rig.stream().stop();
      if (rig.events.size() < 3) rig.stream().start();
    };
    rig.run(1h);
    CHECK(rig.events.size() == 3);
  }
  for (const auto when :
       {StreamState::connecting, StreamState::open, StreamState::stale, StreamState::waiting}) {
    CAPTURE(name_of(when));
    StreamRig rig;
    rig.transport.plays(Script().stream());
    rig.on_each_state = [&](StreamState state) {
      if (state == when) rig.stream().stop();
    };
    rig.run(1h);
    CHECK(rig.stream().state() == StreamState::closed);
    CHECK(rig.close_reasons.empty());
  }
}

TEST_CASE("stream: pausing stops the reading and rests the idle time-out") {
  StreamRig rig;
  rig.transport.plays(Script().stream().body("data: a\n\n", 1s));
  rig.run(500ms);
  rig.stream().pause();
  rig.loop.advance(1h);
  CHECK(rig.events.empty());
  CHECK(rig.losses.empty());
  rig.stream().resume();
  rig.loop.advance(2s);
  CHECK(rig.events == Texts{"message|a|"});
}

TEST_CASE("stream: an idle one is small") {
  MESSAGE("sizeof(Stream) = ", sizeof(client::Stream));
  CHECK(sizeof(client::Stream) <= 256);
}
