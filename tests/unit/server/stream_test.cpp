// What event streams are made of: compressed blocks, the ring of bytes, replay, views.
#include <doctest/doctest.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "rtctl/sse.hpp"
#include "server/event_frames.hpp"
#include "server/gzip.hpp"
#include "server/replay.hpp"
#include "server/view.hpp"
#include "server/wire_log.hpp"
#include "support/fake_loop.hpp"

using namespace rtctl;
using namespace rtctl::server;
using namespace std::chrono_literals;

namespace {

std::string gunzip(std::string_view bytes) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  CHECK(result == Z_STREAM_END);  // trailer, CRC and length included
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

struct Silent final : ViewListener {
  void before_append(std::size_t) override {}
  void after_append() override { ++appends; }
  int appends = 0;
};

EventBatch batch_of(std::vector<Event> events) {
  return std::make_shared<const std::vector<Event>>(std::move(events));
}

struct ViewFixture {
  explicit ViewFixture(ViewKey key)
      : view(std::move(key), std::move(*WireLog::make(1 << 20)), loop, compressor, listener) {}
  std::string bytes() const { return std::string(view.log().from(0)); }

  test::FakeLoop loop;
  BlockCompressor compressor;
  Silent listener;
  View view;
};

struct Collected final : sse::Listener {
  void on_event(const sse::Event& event) override {
    text += std::string(event.last_event_id) + "/" + std::string(event.type) + "/" +
            std::string(event.data) + "|";
  }
  std::string text;
};

std::string events_in(std::string_view bytes) {
  sse::Parser parser;
  Collected collected;
  REQUIRE(parser.feed(bytes, collected));
  return collected.text;
}

std::unique_ptr<EventLog> log_with(int count, std::uint64_t history) {
  auto log = open_event_log({.directory = "", .history = history, .bytes_max = 16 << 20});
  REQUIRE(log);
  for (int i = 1; i <= count; ++i)
    REQUIRE((*log)->append({.topic = i % 2 != 0 ? "odd" : "even", .data = std::to_string(i)}));
  return std::move(*log);
}

std::string replay_all(const EventLog& log, const ViewKey& key, ResumePoint point) {
  ReplayChunk chunk = begin_replay(log, key, point);
  std::string bytes = chunk.bytes;
  while (!chunk.is_last) {
    chunk = continue_replay(log, key, chunk.next);
    bytes += chunk.bytes;
  }
  CHECK(chunk.next == log.head() + 1);
  return events_in(bytes);
}

Request with_id(std::optional<std::string> header, std::optional<std::string> parameter = {}) {
  Request request;
  if (header) request.fields.add("last-event-id", *header);
  if (parameter) request.query.emplace_back("lastEventId", *parameter);
  return request;
}

}  // namespace

TEST_CASE("gzip: subscribers that join a shared stream anywhere get a whole member") {
  BlockCompressor compressor;
  std::vector<std::string> texts;
  std::vector<std::string> blocks;
  std::vector<GzipSum> sums{{}};
  for (int i = 0; i < 20; ++i) {
    texts.push_back("id: " + std::to_string(i) + "\ndata: " + std::string(i * 37, 'a') + "\n\n");
    blocks.push_back(compressor.compress(texts.back()));
    sums.push_back(sums.back().then(GzipSum::of(texts.back())));
  }
  for (std::size_t from = 0; from <= blocks.size(); ++from) {
    const std::string own = "retry: 1\n\n";
    std::string member = std::string(gzip_stream_header()) + compressor.compress(own);
    std::string expected = own;
    for (std::size_t i = from; i < blocks.size(); ++i) {
      member += blocks[i];
      expected += texts[i];
    }
    const GzipSum live = sums.back().without_prefix(sums[from]);
    member += gzip_stream_trailer(GzipSum::of(own).then(live));
    CHECK(gunzip(member) == expected);
  }
  CHECK(gunzip(gzip("whole")) == "whole");
}

TEST_CASE("wire log: any range up to the head is one piece, also around the end of the ring") {
  const auto made = WireLog::make(4096);
  REQUIRE(made);
  WireLog& log = **made;
  std::mt19937 random(7);
  std::string all;
  std::uint64_t frames = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(random() % 500 + 1, static_cast<char>('a' + i % 26));
    log.append(piece, 1);
    all += piece;
    ++frames;
    const std::uint64_t from = log.tail() + random() % (log.head() - log.tail() + 1);
    CHECK(log.from(from) == std::string_view(all).substr(from));
  }
  CHECK(log.frames() == frames);
  CHECK(log.frames_until(log.head()) == frames);
  CHECK(log.frames_until(log.head() - 1) == frames - 1);
}

TEST_CASE("wire log: what nobody needs is given back, and what follows is not touched") {
  const auto made = WireLog::make(1 << 20);
  REQUIRE(made);
  WireLog& log = **made;
  for (int i = 0; i < 10; ++i) {
    log.append(std::string(150'000, static_cast<char>('a' + i)), 1);
    log.release();
    CHECK(log.from(log.head() - 1) == std::string_view("\0", 1));
    const std::uint64_t from = log.head();
    log.append("after", 1);
    CHECK(log.from(from) == "after");
    CHECK(log.frames_until(from) == log.frames() - 1);
    CHECK(log.frames_until(log.head()) == log.frames());
  }
}

TEST_CASE("resume point: the header wins, and only integers count") {
  using Point = std::optional<ResumePoint>;
  CHECK(parse_resume_point(with_id({})) == Point());
  CHECK(parse_resume_point(with_id("7")) == Point(ResumePoint{7}));
  CHECK(parse_resume_point(with_id({}, "8")) == Point(ResumePoint{8}));
  CHECK(parse_resume_point(with_id("7", "8")) == Point(ResumePoint{7}));
  CHECK(parse_resume_point(with_id("0")) == Point(ResumePoint{0}));
  for (const char* text : {"", "abc", "7a", "7.5", " 7", "+7", "-"})
    CHECK(parse_resume_point(with_id(text)) == Point());
  CHECK(parse_resume_point(with_id("abc", "8")) == Point(ResumePoint{8}));
  CHECK(parse_resume_point(with_id("", "8")) == Point(ResumePoint{8}));
  CHECK(parse_resume_point(with_id("abc", "def")) == Point());
  CHECK(parse_resume_point(with_id("-3"))->never_issued);
  CHECK(parse_resume_point(with_id("99999999999999999999999"))->never_issued);
}

TEST_CASE("replay: everything after the id, in order; what is gone is announced") {
  const auto log = log_with(25, 10);  // holds 11..25 or 21..25 and 11..20
  REQUIRE(log->oldest() == 11);
  CHECK(replay_all(*log, {}, {23}) == "24/message/24|25/message/25|");
  CHECK(replay_all(*log, {}, {25}).empty());
  CHECK(replay_all(*log, {}, {10}).starts_with("11/message/11|"));
  CHECK(replay_all(*log, {}, {8}).starts_with("/gap/{\"missed\":2,\"oldest\":11}|11/"));
  CHECK(replay_all(*log, {}, {0}).starts_with("11/message/11|"));
  CHECK(replay_all(*log, {}, {26}).starts_with("/gap/{\"missed\":null,\"oldest\":11}|11/"));
  CHECK(replay_all(*log, {}, {.never_issued = true}).starts_with("/gap/{\"missed\":null,"));
  const ViewKey even{.topics = {"even"}};
  CHECK(replay_all(*log, even, {22}) == "24/message/24|");
  CHECK(replay_all(*log, even, {8}).starts_with("/gap/{\"missed\":2,\"oldest\":11}|12/"));
  const ViewKey latest{.mode = ViewMode::latest};
  CHECK(replay_all(*log, latest, {15}) == "24/message/24|25/message/25|");
  const ViewKey batch{.mode = ViewMode::batch};
  CHECK(replay_all(*log, batch, {23}) ==
        R"(25/batch/[{"id":24,"event":"message","topic":"even","data":24},)"
        R"({"id":25,"event":"message","topic":"odd","data":25}]|)");
}

TEST_CASE("replay: long ones come in pieces that lose nothing") {
  const auto log = log_with(20'000, 20'000);
  std::string expected;
  for (int i = 1; i <= 20'000; ++i)
    expected += std::to_string(i) + "/message/" + std::to_string(i) + "|";
  CHECK(begin_replay(*log, {}, {0}).bytes.size() < 200'000);
  CHECK(replay_all(*log, {}, {0}) == expected);
}

TEST_CASE("view: only wanted topics, text data line by line") {
  ViewFixture fixture({.topics = {"a"}});
  fixture.view.on_events(batch_of({{1, {"a", "", "1"}}, {2, {"b", "", "2"}}}));
  fixture.view.on_events(batch_of({{3, {"a", "x", "two\nlines", DataKind::text}}}));
  CHECK(fixture.bytes() == "id: 1\ndata: 1\n\nid: 3\nevent: x\ndata: two\ndata: lines\n\n");
}

TEST_CASE("view: a batch window is one event with the last id") {
  ViewFixture fixture({.mode = ViewMode::batch, .window = 100ms});
  fixture.view.on_events(batch_of({{1, {"", "", "1"}}}));
  fixture.loop.advance(50ms);
  fixture.view.on_events(batch_of({{2, {"t", "e", "say \"x\"", DataKind::text}}}));
  CHECK(fixture.bytes().empty());
  fixture.loop.advance(50ms);
  CHECK(events_in(fixture.bytes()) == R"(2/batch/[{"id":1,"event":"message","topic":"","data":1},)"
                                      R"({"id":2,"event":"e","topic":"t","data":"say \"x\""}]|)");
  fixture.loop.advance(1s);
  CHECK(fixture.listener.appends == 1);
}

TEST_CASE("view: a window too full for the ring is sent in parts, and the rest still comes") {
  ViewFixture fixture({.mode = ViewMode::batch, .window = 100ms});
  std::vector<Event> events;
  for (std::uint64_t id = 1; id <= 5; ++id)
    events.push_back({id, {"", "", std::string(60'000, '1')}});
  fixture.view.on_events(batch_of(std::move(events)));
  CHECK(fixture.listener.appends == 1);
  fixture.loop.advance(100ms);
  CHECK(fixture.listener.appends == 2);
  const std::string bytes = fixture.bytes();
  CHECK(bytes.find("id: 3\nevent: batch") == 0);
  CHECK(bytes.find("\nid: 5\nevent: batch") != std::string::npos);
}

TEST_CASE("view: latest keeps the newest of each topic of a window") {
  ViewFixture fixture({.mode = ViewMode::latest, .window = 100ms});
  fixture.view.on_events(batch_of({{1, {"a", "", "1"}}, {2, {"b", "", "2"}}, {3, {"a", "", "3"}}}));
  fixture.loop.advance(100ms);
  CHECK(events_in(fixture.bytes()) == "2/message/2|3/message/3|");
}

TEST_CASE("view: applying the patches of the delta form gives the newest state") {
  using nlohmann::json;
  ViewFixture fixture({.mode = ViewMode::delta});
  CHECK(fixture.view.needs_snapshot());
  TopicSnapshot snapshot{.id = 4};
  snapshot.newest.push_back(
      std::make_shared<const Event>(Event{4, {"a/b~c", "", R"({"x":1,"y":[1,2]})"}}));
  fixture.view.start_delta(snapshot);
  CHECK(events_in(fixture.view.snapshot_frame()) == R"(4/snapshot/{"a/b~c":{"x":1,"y":[1,2]}}|)");
  json document = json::parse(R"({"a/b~c":{"x":1,"y":[1,2]}})");
  fixture.view.on_events(batch_of({{5, {"a/b~c", "", R"({"x":2,"y":[1,2,3]})"}},
                                   {6, {"", "", R"({"new":true})"}},
                                   {7, {"a/b~c", "", "text", DataKind::text}}}));
  struct Patcher final : sse::Listener {
    explicit Patcher(json& target) : document(target) {}
    void on_event(const sse::Event& event) override {
      CHECK(event.type == "patch");
      ids += std::string(event.last_event_id) + " ";
      document = document.patch(json::parse(event.data));
    }
    json& document;
    std::string ids;
  } patcher(document);
  sse::Parser parser;
  REQUIRE(parser.feed(fixture.bytes(), patcher));
  CHECK(patcher.ids == "5 6 7 ");
  CHECK(document == json::parse(R"({"a/b~c":"text","":{"new":true}})"));
  CHECK(events_in(fixture.view.snapshot_frame()) == "7/snapshot/" + document.dump() + "|");
}

TEST_CASE("view: a heartbeat is sent only into silence") {
  ViewFixture fixture({});
  fixture.loop.advance(10s);
  fixture.view.on_events(batch_of({{1, {"", "", "1"}}}));
  const std::string before = fixture.bytes();
  fixture.view.beat(fixture.loop.now(), fixture.loop.now() - 5s);
  CHECK(fixture.bytes() == before);
  fixture.loop.advance(5s);
  fixture.view.beat(fixture.loop.now(), fixture.loop.now() - 5s);
  CHECK(fixture.bytes() == before + ": heartbeat\n\n");
}
