#include "server/completion.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "rtctl/sse.hpp"

using namespace rtctl;
using namespace rtctl::server;
using namespace std::chrono_literals;

namespace {

struct Collector final : sse::Listener {
  void on_event(const sse::Event& event) override { data.emplace_back(event.data); }
  std::vector<std::string> data;
};

std::vector<std::string> events_of(const Completion& completion) {
  Collector collector;
  sse::Parser parser;
  for (std::size_t i = 0; i < completion.frames(); ++i)
    CHECK(parser.feed(completion.frame(i), collector));
  return collector.data;
}

constexpr const char* kStream =
    R"({"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]})";

}  // namespace

TEST_CASE("completion: a body is refused that other endpoints would refuse") {
  const std::string deep(30'000, '[');
  const std::string nested = R"({"messages":)" + deep + std::string(30'000, ']') + "}";
  const auto completion = Completion::parse(nested, {}, WallTime{});
  REQUIRE(!completion);
  CHECK(completion.error().message == "the JSON body is nested deeper than 64 levels");
}

TEST_CASE("completion: the streamed tokens are the whole answer, then [DONE]") {
  const auto completion = Completion::parse(kStream, {.tokens = 40}, WallTime{});
  REQUIRE(completion);
  CHECK(completion->is_stream());
  const auto events = events_of(*completion);
  REQUIRE(events.size() == 43);
  CHECK(events.back() == "[DONE]");
  std::string text;
  for (std::size_t i = 0; i + 2 < events.size(); ++i) {
    const auto chunk = nlohmann::json::parse(events[i]);
    CHECK(chunk["model"] == "m");
    text += chunk.at("/choices/0/delta/content"_json_pointer).get<std::string>();
  }
  CHECK(nlohmann::json::parse(events[41]).at("/choices/0/finish_reason"_json_pointer) == "stop");
  CHECK(nlohmann::json::parse(completion->whole()).at("/choices/0/message/content"_json_pointer) ==
        text);
}

TEST_CASE("completion: paced by first and gap") {
  const auto completion =
      Completion::parse(kStream, {.first = 300ms, .gap = 20ms, .tokens = 3}, WallTime{});
  REQUIRE(completion);
  const std::vector<Duration> expected{300ms, 300ms, 320ms, 340ms, 340ms, 340ms};
  REQUIRE(completion->frames() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(completion->due(i) == expected[i]);
}

TEST_CASE("completion: max_tokens shortens, usage comes when asked for") {
  const auto completion = Completion::parse(
      R"({"stream":true,"max_tokens":2,"stream_options":{"include_usage":true},"messages":[{}]})",
      {}, WallTime{});
  REQUIRE(completion);
  const auto events = events_of(*completion);
  REQUIRE(events.size() == 6);
  CHECK(nlohmann::json::parse(events[4])["usage"]["completion_tokens"] == 2);
}

TEST_CASE("completion: a body of another shape is refused") {
  for (const char* body :
       {"", "[]", "{", "{}", R"({"messages":[]})", R"({"messages":"hi"})",
        R"({"messages":[{}],"stream":"yes"})", R"({"messages":[{}],"max_tokens":0})",
        R"({"messages":[{}],"max_tokens":-1})"}) {
    CAPTURE(body);
    CHECK(!Completion::parse(body, {}, WallTime{}));
  }
}
