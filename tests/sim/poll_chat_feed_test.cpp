// The clients that poll, against scripted servers in virtual time.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "../support/fake_loop.hpp"
#include "../support/fake_transport.hpp"
#include "base/time_format.hpp"
#include "client/chat.hpp"
#include "client/feed.hpp"
#include "client/poll.hpp"

using namespace rtctl;
using namespace rtctl::test;
using namespace std::chrono_literals;
using client::Failure;
using Texts = std::vector<std::string>;

namespace {

Script answer(int status, std::string body = "", net::Headers headers = {}) {
  return Script().connect().head(status, std::move(headers)).body(std::move(body)).end();
}

struct World {
  FakeLoop loop;
  FakeTransport transport{loop};
  Random random = make_random(1, 0);
  client::Environment environment{loop, transport, random};
};

struct PollRig final : World, client::PollObserver {
  void on_poll(const client::PollResult& result) override {
    failures.push_back(result.failure);
    bodies.emplace_back(result.response.body);
    previous.emplace_back(result.previous_body);
    not_modified += result.is_not_modified ? 1 : 0;
    last_retry_after = result.retry_after;
    last_is_retryable = result.is_retryable;
  }
  void poll(client::PollClient& client) {
    client.poll();
    loop.advance(1s);
  }

  client::PollOptions options{.request = {.url = "http://server.test/status"}};
  std::vector<Failure> failures;
  Texts bodies, previous;
  int not_modified = 0;
  std::optional<Duration> last_retry_after;
  bool last_is_retryable = false;
};

struct ChatRig final : World, client::ChatObserver {
  void on_message(const client::ChatMessage& message, TimePoint) override {
    messages.push_back(std::string(message.from) + ": " + std::string(message.content));
  }
  void on_polled(const client::ChatResult& result) override { polls.push_back(result.failure); }
  void on_sent(const client::ChatResult& result) override {
    sent.push_back(std::string(result.text) + " " + std::string(client::name_of(result.failure)));
  }
  Texts posted() const {
    Texts texts;
    for (const auto& seen : transport.seen) {
      if (seen.request.method == "POST")
        texts.push_back(nlohmann::json::parse(seen.request.body)["content"]);
    }
    return texts;
  }

  client::ChatOptions options{.request = {.url = "http://server.test/messages"}};
  Texts messages, sent;
  std::vector<Failure> polls;
};

struct FeedRig final : World, client::FeedObserver {
  void on_activity(const client::Activity& activity, TimePoint) override {
    ids.emplace_back(activity.id);
  }
  void on_polled(const client::FeedResult& result) override {
    polls.push_back(result.failure);
    retryable.push_back(result.is_retryable);
    has_more = result.has_more;
  }
  void on_logged(const client::FeedResult& result) override { logs.push_back(result.failure); }
  void poll(client::FeedClient& client) {
    client.poll();
    loop.advance(1s);
  }

  client::FeedOptions options{.request = {.url = "http://server.test/activity"}};
  Texts ids;
  std::vector<Failure> polls, logs;
  std::vector<bool> retryable;
  bool has_more = false;
};

/// A feed as the reference server has it, with or without the exact cursor. An activity a second
/// was logged, half past the second.
struct FeedServer {
  enum class Cursor { known, ignored, refused } cursor = Cursor::known;
  int newest = 0;

  Script operator()(const net::Request& request) const {
    const auto at = request.url.find("after=");
    const bool is_asked = at != std::string::npos;
    if (is_asked && cursor == Cursor::refused) return answer(400);
    const bool is_used = is_asked && cursor == Cursor::known;
    const int after = is_used ? std::stoi(request.url.substr(at + 6)) : 0;
    nlohmann::json items = nlohmann::json::array();
    const int last = is_used ? std::min(newest, after + 50) : newest;
    for (int id = last; id > std::max(after, last - 50); --id)
      items.push_back({{"id", id}, {"created_at", format_rfc3339(time_of(id))}});
    return answer(200, items.dump());
  }
  static WallTime time_of(int id) {
    return *parse_rfc3339("2026-01-31T12:00:00.5Z") + std::chrono::seconds(id);
  }
};

}  // namespace

TEST_CASE("poll: validators are sent once known, 304 is a success") {
  PollRig rig;
  rig.transport.plays(answer(
      200, "{\"a\":1}", {{"ETag", "\"x\""}, {"Last-Modified", "Sat, 31 Jan 2026 12:00:00 GMT"}}));
  rig.transport.plays(answer(304));
  rig.transport.plays(answer(200, "{\"a\":2}"));
  rig.transport.plays(answer(200, "{\"a\":3}"));
  client::PollClient client(rig.environment, rig.options, rig);
  client.keep_body(true);
  for (int index = 0; index < 4; ++index)
    rig.poll(client);
  CHECK(rig.transport.seen[0].header("If-None-Match") == "(none)");
  CHECK(rig.transport.seen[1].header("If-None-Match") == "\"x\"");
  CHECK(rig.transport.seen[1].header("If-Modified-Since") == "Sat, 31 Jan 2026 12:00:00 GMT");
  CHECK(rig.transport.seen[2].header("If-None-Match") == "\"x\"");
  CHECK(rig.transport.seen[3].header("If-None-Match") == "(none)");  // the last answer had none
  CHECK(rig.not_modified == 1);
  CHECK(rig.failures == std::vector(4, Failure::none));
  CHECK(rig.previous == Texts{"", "", "{\"a\":1}", "{\"a\":2}"});
}

TEST_CASE("poll: 204 is a success that leaves what is remembered") {
  PollRig rig;
  rig.transport.plays(answer(200, "{}", {{"ETag", "\"x\""}}));
  rig.transport.plays(answer(204));
  rig.transport.plays(answer(304));
  client::PollClient client(rig.environment, rig.options, rig);
  client.keep_body(true);
  for (int index = 0; index < 3; ++index)
    rig.poll(client);
  CHECK(rig.failures == std::vector(3, Failure::none));
  CHECK(rig.not_modified == 2);
  CHECK(rig.transport.seen[2].header("If-None-Match") == "\"x\"");
  CHECK(client.memory().body == "{}");
}

TEST_CASE("poll: a validator that the user set stands") {
  PollRig rig;
  rig.options.request.headers = {{"if-none-match", "\"own\""}};
  rig.transport.plays(answer(200, "{}", {{"ETag", "\"x\""}}));
  client::PollClient client(rig.environment, rig.options, rig);
  rig.poll(client);
  rig.poll(client);
  CHECK(rig.transport.seen[1].header("If-None-Match") == "\"own\"");
}

TEST_CASE("poll: statuses are judged") {
  PollRig rig;
  rig.transport.plays(answer(503, "", {{"Retry-After", "7"}}));
  rig.transport.plays(answer(404));
  rig.transport.plays(Script().end(net::OutcomeKind::reset));
  client::PollClient client(rig.environment, rig.options, rig);
  rig.poll(client);
  CHECK(rig.last_retry_after == Duration(7s));
  CHECK(rig.last_is_retryable);
  rig.poll(client);
  CHECK_FALSE(rig.last_is_retryable);
  rig.poll(client);
  CHECK(rig.failures == std::vector{Failure::http_5xx, Failure::http_4xx, Failure::reset});
}

TEST_CASE("chat: the first poll brings the id, then lines go out in order, one at a time") {
  ChatRig rig;
  rig.options.name = "ann";
  rig.transport.answers = [](const net::Request& request) {
    if (request.method == "POST") return answer(200, "OK");
    return answer(200, R"({"messages":[],"clientId":"me"})");
  };
  client::ChatClient client(rig.environment, rig.options, rig);
  CHECK(client.say("one"));
  CHECK(client.say("two"));
  rig.loop.advance(1s);
  CHECK(rig.transport.seen.empty());
  client.poll();
  rig.loop.advance(1s);
  CHECK(rig.posted() == Texts{"one", "two"});
  CHECK(rig.sent == Texts{"one none", "two none"});
  CHECK(client.unsent() == 0);
  const auto& post = rig.transport.seen.at(1);
  CHECK(post.header("x-client-id") == "me");
  CHECK(post.header("content-type") == "application/json");
  CHECK(nlohmann::json::parse(post.request.body)["name"] == "ann");
  CHECK(post.header("Idempotency-Key") != rig.transport.seen.at(2).header("Idempotency-Key"));
}

TEST_CASE("chat: acknowledges what it has, and asks for a long poll") {
  ChatRig rig;
  rig.options.wait = 25s;
  rig.transport.plays(answer(
      200,
      R"({"messages":[{"id":3,"from":"bob","content":"hi","timestamp":"t"}],"clientId":"me"})"));
  rig.transport.plays(answer(200, R"({"messages":[],"clientId":"me"})"));
  client::ChatClient client(rig.environment, rig.options, rig);
  client.poll();
  rig.loop.advance(1s);
  client.poll();
  rig.loop.advance(1s);
  CHECK(rig.transport.seen[0].request.url == "http://server.test/messages?ack=0");
  CHECK(rig.transport.seen[1].request.url == "http://server.test/messages?ack=3&wait=25s");
  CHECK(rig.transport.seen[1].header("x-client-id") == "me");
  CHECK(rig.messages == Texts{"bob: hi"});
}

TEST_CASE(
    "chat: a line that could not be sent is sent again with the same key, before those after it") {
  ChatRig rig;
  int posts = 0;
  rig.transport.answers = [&](const net::Request& request) {
    if (request.method == "GET") return answer(200, R"({"messages":[],"clientId":"me"})");
    ++posts;
    if (posts == 1) return Script().end(net::OutcomeKind::reset);
    if (posts == 2) return answer(503, "", {{"Retry-After", "60"}});
    return answer(200, "OK");
  };
  client::ChatClient client(rig.environment, rig.options, rig);
  client.poll();
  rig.loop.advance(1s);
  CHECK(client.say("one"));
  CHECK(client.say("two"));
  rig.loop.advance(30s);
  CHECK(client.unsent() == 2);
  rig.loop.advance(1min);
  CHECK(client.unsent() == 0);
  CHECK(rig.posted() == Texts{"one", "one", "one", "two"});
  CHECK(rig.sent == Texts{"one reset", "one http_5xx", "one none", "two none"});
  CHECK(rig.transport.seen[1].header("Idempotency-Key") ==
        rig.transport.seen[3].header("Idempotency-Key"));
}

TEST_CASE("chat: a line that the server refuses is given up, the next one goes out") {
  ChatRig rig;
  rig.transport.answers = [&](const net::Request& request) {
    if (request.method == "GET") return answer(200, R"({"messages":[],"clientId":"me"})");
    return answer(request.body.find("bad") != std::string::npos ? 400 : 200);
  };
  client::ChatClient client(rig.environment, rig.options, rig);
  client.poll();
  rig.loop.advance(1s);
  CHECK(client.say("bad"));
  CHECK(client.say("good"));
  rig.loop.advance(1s);
  CHECK(rig.sent == Texts{"bad http_4xx", "good none"});
}

TEST_CASE("chat: own messages that a server sends back are left out, and acknowledged") {
  ChatRig rig;
  rig.transport.plays(answer(200, R"({"clientId":"me","messages":[
      {"id":1,"from":"me","content":"own"},{"id":2,"from":"you","content":"hi"},
      {"id":3,"from":"me","content":"own"}]})"));
  rig.transport.plays(answer(200, R"({"clientId":"me","messages":[]})"));
  client::ChatClient client(rig.environment, rig.options, rig);
  client.poll();
  rig.loop.advance(1s);
  CHECK(rig.messages.size() == 1);
  client.poll();
  rig.loop.advance(1s);
  CHECK(rig.transport.seen[1].request.url == "http://server.test/messages?ack=3");
}

TEST_CASE("chat: what is no chat answer is bad_json, and lines kept are bounded") {
  ChatRig rig;
  rig.options.unsent_max = 1;
  for (const char* body : {"", "[]", "{}", R"({"messages":1})", R"({"messages":[1]})"}) {
    rig.transport.answers = [=](const net::Request&) { return answer(200, body); };
    client::ChatClient client(rig.environment, rig.options, rig);
    client.poll();
    rig.loop.advance(1s);
    CHECK(rig.polls.back() == Failure::bad_json);
    CHECK(client.say("a"));
    CHECK_FALSE(client.say("b"));
  }
}

TEST_CASE("feed: every activity once, oldest first, by the exact cursor") {
  FeedRig rig;
  FeedServer server{.newest = 3};
  rig.transport.answers = [&](const net::Request& request) { return server(request); };
  client::FeedClient client(rig.environment, rig.options, rig);
  rig.poll(client);
  CHECK(rig.ids == Texts{"1", "2", "3"});
  rig.poll(client);
  CHECK(rig.ids.size() == 3);
  server.newest = 130;
  rig.poll(client);
  CHECK(rig.has_more);
  rig.poll(client);
  CHECK(rig.has_more);
  rig.poll(client);
  CHECK_FALSE(rig.has_more);
  REQUIRE(rig.ids.size() == 130);
  CHECK(rig.ids.back() == "130");
}

TEST_CASE("feed: without a cursor, overlapping windows and no activity twice") {
  FeedRig rig;
  FeedServer server{.cursor = FeedServer::Cursor::ignored, .newest = 3};
  rig.transport.answers = [&](const net::Request& request) { return server(request); };
  client::FeedClient client(rig.environment, rig.options, rig);
  rig.poll(client);
  rig.poll(client);
  server.newest = 5;
  rig.poll(client);
  rig.poll(client);
  CHECK(rig.ids == Texts{"1", "2", "3", "4", "5"});
  CHECK(rig.transport.seen.back().header("If-Modified-Since") == "Sat, 31 Jan 2026 12:00:04 GMT");
  CHECK(rig.transport.seen.back().request.url == "http://server.test/activity");
}

TEST_CASE("feed: a server that refuses the cursor is asked without it") {
  FeedRig rig;
  FeedServer server{.cursor = FeedServer::Cursor::refused, .newest = 3};
  rig.transport.answers = [&](const net::Request& request) { return server(request); };
  client::FeedClient client(rig.environment, rig.options, rig);
  rig.poll(client);
  server.newest = 5;
  rig.poll(client);
  CHECK(rig.has_more);
  rig.poll(client);
  CHECK(rig.ids == Texts{"1", "2", "3", "4", "5"});
  CHECK(rig.polls == std::vector(3, Failure::none));
}

TEST_CASE("feed: `since` may reach further back than one answer") {
  for (const auto cursor :
       {FeedServer::Cursor::known, FeedServer::Cursor::ignored, FeedServer::Cursor::refused}) {
    for (const int since : {0, 1, 300, 699, 949, 950, 999}) {
      CAPTURE(static_cast<int>(cursor));
      CAPTURE(since);
      FeedRig rig;
      rig.options.since = FeedServer::time_of(since);
      FeedServer server{.cursor = cursor, .newest = 1000};
      rig.transport.answers = [&](const net::Request& request) { return server(request); };
      client::FeedClient client(rig.environment, rig.options, rig);
      do
        rig.poll(client);
      while (rig.has_more);
      // Without the cursor there is no way to what the newest answer does not hold.
      const int first = cursor == FeedServer::Cursor::known ? since + 1 : std::max(since + 1, 951);
      Texts wanted, told;
      for (int id = first; id <= 1000; ++id)
        wanted.push_back(std::to_string(id));
      for (const std::string& id : rig.ids)
        if (std::stoi(id) >= first) told.push_back(id);
      CHECK(told == wanted);
      CHECK(rig.polls.size() < 40);
      server.newest = 1001;
      do
        rig.poll(client);
      while (rig.has_more);
      CHECK(rig.ids.back() == "1001");
      CHECK(rig.ids[rig.ids.size() - 2] == "1000");
    }
  }
}

TEST_CASE("feed: a later run goes on where the memory says") {
  FeedRig rig;
  FeedServer server{.newest = 9};
  rig.transport.answers = [&](const net::Request& request) { return server(request); };
  client::FeedClient client(rig.environment, rig.options, rig);
  client.set_memory({.after = "7", .seen = {"6", "7"}});
  rig.poll(client);
  CHECK(rig.ids == Texts{"8", "9"});
  CHECK(client.memory().after == "9");
}

TEST_CASE("feed: activities without an id are told once") {
  FeedRig rig;
  rig.transport.plays(answer(200, R"([{"n":2},{"n":1}])"));
  rig.transport.plays(answer(200, R"([{"n":3},{"n":2},{"n":1}])"));
  client::FeedClient client(rig.environment, rig.options, rig);
  rig.poll(client);
  rig.poll(client);
  CHECK(rig.ids.size() == 3);
  CHECK(rig.transport.seen[1].request.url == "http://server.test/activity");
}

TEST_CASE("feed: what is no feed is final at first, later it may pass") {
  FeedRig rig;
  rig.transport.plays(answer(200, "<html>"));
  rig.transport.plays(answer(200, "[]"));
  rig.transport.plays(answer(200, "<html>"));
  client::FeedClient client(rig.environment, rig.options, rig);
  for (int index = 0; index < 3; ++index)
    rig.poll(client);
  CHECK(rig.polls == std::vector{Failure::bad_json, Failure::none, Failure::bad_json});
  CHECK(rig.retryable == std::vector{false, false, true});
}

TEST_CASE("feed: history can be left out") {
  FeedRig rig;
  rig.options.skip_history = true;
  FeedServer server{.newest = 9};
  rig.transport.answers = [&](const net::Request& request) { return server(request); };
  client::FeedClient client(rig.environment, rig.options, rig);
  rig.poll(client);
  server.newest = 10;
  rig.poll(client);
  CHECK(rig.ids == Texts{"10"});
}

TEST_CASE("feed: logging sends the body with its key") {
  FeedRig rig;
  rig.transport.plays(answer(200, "OK"));
  client::FeedClient client(rig.environment, rig.options, rig);
  client.log(R"({"type":"x"})", "key-1");
  rig.loop.advance(1s);
  CHECK(rig.logs == std::vector{Failure::none});
  CHECK(rig.transport.seen[0].request.method == "POST");
  CHECK(rig.transport.seen[0].header("Idempotency-Key") == "key-1");
}
