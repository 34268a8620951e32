#include "server/chat.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "server/chat_endpoint.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_loop.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::request;
using test::with;
using Texts = std::vector<std::string>;
using FakeExchangePtr = std::shared_ptr<test::FakeExchange>;

struct Chat {
  explicit Chat(ChatLimits limits = {})
      : endpoint(loop, pool, limits, [this] { return is_draining; }) {}

  rtctl::test::FakeLoop loop;
  bool is_draining = false;
  std::unique_ptr<Store> store = make_memory_store();
  StorePool pool{loop, *store, {.threads = 0}};
  ChatEndpoint endpoint;

  FakeExchangePtr start(Request asked) {
    auto exchange = std::make_shared<test::FakeExchange>(std::move(asked));
    endpoint.handle(exchange);
    loop.advance(0s);
    return exchange;
  }
  Response ask(Request asked) {
    const auto exchange = start(std::move(asked));
    REQUIRE(exchange->answers == 1);
    return *exchange->answer;
  }
  json get(const std::string& id, const std::string& query = "", const char* method = "GET") {
    const auto answer =
        ask(with(request(std::string(method) + " /api/messages" + query), "x-client-id", id));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    return json::parse(answer.body);
  }
  Texts inbox(const std::string& id, const std::string& query = "", const char* method = "GET") {
    return texts(get(id, query, method));
  }
  static Texts texts(const json& answer) {
    Texts found;
    for (const auto& message : answer["messages"])
      found.push_back(message["content"]);
    return found;
  }
  Response post(const std::string& id, const std::string& text, const std::string& query = "") {
    return ask(with(request("POST /api/messages" + query, json{{"content", text}}.dump()),
                    "x-client-id", id));
  }
};

TEST_CASE("chat: a message reaches every other known client, once") {
  Chat chat;
  for (const char* id : {"a", "b", "c"})
    CHECK(chat.inbox(id).empty());
  const auto posted = chat.post("a", "hello <b>");
  CHECK(posted.status == 200);
  CHECK(posted.body == "OK");
  CHECK(chat.inbox("a").empty());
  CHECK(chat.inbox("b") == Texts{"hello <b>"});
  CHECK(chat.inbox("b").empty());
  CHECK(chat.inbox("c") == Texts{"hello <b>"});
  CHECK(chat.inbox("d").empty());
}

TEST_CASE("chat: a message has id, sender's public name, content and time") {
  Chat chat;
  chat.get("b");
  chat.loop.advance(42us);
  chat.post("a", "line\n\"two\" \xc3\xa4");
  chat.post("a", "again");
  chat.post("", "nobody's");
  const json answer = chat.get("b");
  CHECK(answer["clientId"] == "b");
  CHECK(!answer.contains("dropped"));
  REQUIRE(answer["messages"].size() == 3);
  const json& message = answer["messages"][0];
  CHECK(message["content"] == "line\n\"two\" \xc3\xa4");
  CHECK(message["timestamp"] == "2026-01-31T12:00:00.000042Z");
  const auto from = message["from"].get<std::string>();
  CHECK(from.starts_with("guest-"));
  CHECK(from.size() == 14);
  CHECK(answer["messages"][1]["from"] == from);
  CHECK(answer["messages"][1]["id"] > message["id"]);
  CHECK(answer["messages"][2]["from"] == "anonymous");
}

TEST_CASE("chat: a sender may give its name, and without an id all get the message") {
  Chat chat;
  chat.get("a");
  chat.get("b");
  chat.ask(request("POST /api/messages", R"({"content":"hi","name":"Zo\u00eb"})"));
  for (const char* id : {"a", "b"}) {
    CHECK(chat.get(id)["messages"][0]["from"] == "Zo\xc3\xab");
  }
}

TEST_CASE("chat: ids that are absent, empty or null are replaced by unguessable ones") {
  Chat chat;
  std::set<std::string> ids;
  ids.insert(json::parse(chat.ask(request("GET /api/messages")).body)["clientId"]);
  ids.insert(chat.get("")["clientId"]);
  ids.insert(chat.get("null")["clientId"]);
  CHECK(ids.size() == 3);
  for (const std::string& id : ids)
    CHECK(id.size() == 32);
  chat.post("null", "to all");
  for (const std::string& id : ids)
    CHECK(chat.inbox(id) == Texts{"to all"});
}

TEST_CASE("chat: ids of one's own are at most 128 printable characters") {
  Chat chat;
  const auto status = [&](const std::string& id) {
    return chat.ask(with(request("GET /api/messages"), "x-client-id", id)).status;
  };
  CHECK(status(std::string(128, 'x')) == 200);
  CHECK(status("zo\xc3\xab 2") == 200);
  CHECK(status(std::string(129, 'x')) == 400);
  CHECK(status("a\tb") == 400);
  CHECK(status("\xff") == 400);
}

TEST_CASE("chat: rooms are apart") {
  Chat chat;
  chat.get("a", "?room=tea");
  chat.get("a");
  chat.post("b", "tea talk", "?room=tea");
  CHECK(chat.inbox("a").empty());
  CHECK(chat.inbox("a", "?room=tea") == Texts{"tea talk"});
  CHECK(chat.ask(request("GET /api/messages?room=" + std::string(129, 'r'))).status == 400);
}

TEST_CASE("chat: HEAD empties nothing") {
  Chat chat;
  chat.get("b");
  chat.post("a", "x");
  chat.inbox("b", "", "HEAD");
  CHECK(chat.inbox("b") == Texts{"x"});
}

TEST_CASE("chat: with ack nothing is forgotten before it is acknowledged") {
  Chat chat;
  CHECK(chat.inbox("b", "?ack=0").empty());
  for (const char* text : {"1", "2", "3"})
    chat.post("a", text);
  const json first = chat.get("b", "?ack=0");
  CHECK(Chat::texts(first) == Texts{"1", "2", "3"});
  CHECK(chat.inbox("b", "?ack=0") == Texts{"1", "2", "3"});
  const auto second_id = first["messages"][1]["id"].get<std::int64_t>();
  CHECK(chat.inbox("b", "?ack=" + std::to_string(second_id)) == Texts{"3"});
  CHECK(chat.inbox("b", "?ack=0") == Texts{"3"});
  chat.post("b", "own");
  chat.post("a", "4");
  CHECK(chat.inbox("b", "?ack=" + std::to_string(second_id + 1)) == Texts{"4"});
  CHECK(chat.inbox("b", "?ack=" + std::to_string(second_id + 1'000)) == Texts{"4"});  // not issued
  chat.post("a", "5");
  CHECK(chat.inbox("b", "?ack=" + std::to_string(second_id + 1'000)) == Texts{"4", "5"});
  for (const char* ack : {"", "-1", "x"}) {
    CHECK(chat.ask(request("GET /api/messages?ack=" + std::string(ack))).status == 400);
  }
}

TEST_CASE("chat: an inbox is bounded, and what was dropped is told once") {
  Chat chat(ChatLimits{.inbox_max = 10, .log_max = 80});
  chat.get("b");
  SUBCASE("a little over") {
    for (int i = 1; i <= 12; ++i)
      chat.post("a", std::to_string(i));
    const json answer = chat.get("b");
    CHECK(answer["messages"].size() == 10);
    CHECK(answer["messages"][0]["content"] == "3");
    CHECK(answer["dropped"] == 2);
  }
  SUBCASE("far over, the log trimmed meanwhile") {
    for (int i = 1; i <= 1000; ++i)
      chat.post("a", std::to_string(i));
    const json answer = chat.get("b", "?ack=0");
    CHECK(answer["messages"].size() == 10);
    CHECK(answer["messages"][9]["content"] == "1000");
    CHECK(answer["dropped"] == 990);
    const json again = chat.get("b", "?ack=0");
    CHECK(again["messages"].size() == 10);
    CHECK(!again.contains("dropped"));
  }
  chat.inbox("b");
  CHECK(!chat.get("b").contains("dropped"));
}

TEST_CASE("chat: clients unseen for the time to live are forgotten") {
  Chat chat(ChatLimits{.client_ttl = 5min});
  chat.get("away");
  chat.get("here");
  chat.loop.advance(3min);
  chat.get("here");
  chat.loop.advance(2min + 30s);
  chat.post("a", "x");
  CHECK(chat.inbox("here") == Texts{"x"});
  CHECK(chat.inbox("away").empty());
  chat.post("a", "y");
  CHECK(chat.inbox("away") == Texts{"y"});
}

TEST_CASE("chat: beyond the limit of clients the one unseen longest goes") {
  Chat chat(ChatLimits{.clients_max = 3});
  for (const char* id : {"a", "b", "c"}) {
    chat.get(id);
    chat.loop.advance(5s);
  }
  chat.get("a");
  chat.get("d");
  chat.post("x", "m");
  CHECK(chat.inbox("a").size() == 1);
  CHECK(chat.inbox("c").size() == 1);
  CHECK(chat.inbox("d").size() == 1);
  CHECK(chat.inbox("b").empty());
}

TEST_CASE("chat: a long poll is answered by a message or when its time is up") {
  Chat chat;
  const auto ask = with(request("GET /api/messages?wait=20s"), "x-client-id", "b");
  SUBCASE("at once when something is there") {
    chat.get("b");
    chat.post("a", "x");
    CHECK(Chat::texts(json::parse(chat.ask(ask).body)) == Texts{"x"});
  }
  SUBCASE("when something comes") {
    const auto poll = chat.start(ask);
    chat.loop.advance(12s);
    CHECK(poll->answers == 0);
    chat.post("c", "other room", "?room=r");
    CHECK(poll->answers == 0);
    chat.post("b", "its own");
    CHECK(poll->answers == 0);
    chat.post("a", "x");
    REQUIRE(poll->answers == 1);
    CHECK(Chat::texts(json::parse(poll->answer->body)) == Texts{"x"});
  }
  SUBCASE("empty in the end") {
    const auto poll = chat.start(ask);
    chat.loop.advance(19s);
    CHECK(poll->answers == 0);
    chat.loop.advance(2s);
    REQUIRE(poll->answers == 1);
    CHECK(Chat::texts(json::parse(poll->answer->body)).empty());
    CHECK(chat.endpoint.waiting() == 0);
  }
  SUBCASE("no longer than a minute") {
    const auto poll = chat.start(with(request("GET /api/messages?wait=1h"), "x-client-id", "b"));
    chat.loop.advance(61s);
    CHECK(poll->answers == 1);
  }
  SUBCASE("at once when the server drains") {
    const auto poll = chat.start(ask);
    chat.is_draining = true;
    chat.loop.advance(1s);
    CHECK(poll->answers == 1);
  }
  SUBCASE("a wait that is no duration is refused") {
    CHECK(chat.ask(request("GET /api/messages?wait=soon")).status == 400);
  }
}

TEST_CASE("chat: a long poll that is abandoned loses nothing") {
  Chat chat;
  const auto ask = with(request("GET /api/messages?wait=20s"), "x-client-id", "b");
  const auto poll = chat.start(ask);
  SUBCASE("left while it waited") {
    poll->leave();
    CHECK(chat.endpoint.waiting() == 0);
    chat.post("a", "x");
  }
  SUBCASE("left while the message was fetched for it") {
    chat.endpoint.handle(std::make_shared<test::FakeExchange>(
        with(request("POST /api/messages", R"({"content":"x"})"), "x-client-id", "a")));
    chat.loop.post([&] { poll->leave(); });  // after the fetch is asked for, before its result
    chat.loop.advance(0s);
  }
  CHECK(poll->answer == std::nullopt);
  CHECK(chat.inbox("b") == Texts{"x"});
}

TEST_CASE("chat: who waits counts as seen") {
  Chat chat(ChatLimits{.client_ttl = 30s});
  const auto poll = chat.start(with(request("GET /api/messages?wait=60s"), "x-client-id", "b"));
  chat.loop.advance(50s);
  chat.post("a", "x");
  CHECK(poll->answers == 1);
}

TEST_CASE("chat: who waits is not forgotten, however short the time to live") {
  ChatLimits limits;
  limits.client_ttl = 1s;
  Chat chat(limits);
  const auto waiting =
      chat.start(with(request("GET /api/messages?wait=50s"), "x-client-id", "bob"));
  chat.loop.advance(45s);
  REQUIRE(waiting->answers == 0);
  chat.post("ann", "still there?");
  chat.loop.advance(0s);
  REQUIRE(waiting->answers == 1);
  CHECK(Chat::texts(json::parse(waiting->answer->body)) == Texts{"still there?"});
}

TEST_CASE("chat: bodies that are refused") {
  for (const char* body : {"", "{}", "[]", R"({"content":1})", R"({"content":null})",
                           R"({"content":"x","name":3})", R"({"content":"x","name":"a\nb"})"}) {
    CAPTURE(body);
    Chat chat;
    chat.get("b");
    CHECK(chat.ask(with(request("POST /api/messages", body), "x-client-id", "a")).status == 400);
    CHECK(chat.inbox("b").empty());
  }
}

TEST_CASE("chat: a repeat with the same Idempotency-Key is one message") {
  Chat chat;
  chat.get("b");
  const auto posted =
      with(with(request("POST /api/messages", R"({"content":"once"})"), "x-client-id", "a"),
           "Idempotency-Key", "k");
  for (int i = 0; i < 3; ++i)
    CHECK(chat.ask(posted).body == "OK");
  CHECK(chat.inbox("b") == Texts{"once"});
  CHECK(chat.ask(with(posted, "x-client-id", "c")).status == 200);  // another sender's key
  CHECK(chat.inbox("b") == Texts{"once"});
}

TEST_CASE("chat: a client that outlived a server without a disk still gets what is new") {
  std::string ack;
  {
    Chat chat;
    chat.get("b");
    for (int i = 0; i < 5; ++i)
      chat.post("a", "x");
    ack = "?ack=" + to_string(chat.get("b")["messages"][4]["id"]);
    std::this_thread::sleep_for(10ms);  // no server starts anew faster
  }
  Chat chat;
  CHECK(chat.inbox("b", ack).empty());
  chat.post("a", "y");
  CHECK(chat.inbox("b", ack) == Texts{"y"});
}

TEST_CASE("chat: read messages leave the store, and ids go on") {
  Chat chat;
  chat.get("b");
  for (int i = 0; i < 5; ++i)
    chat.post("a", "x");
  const auto last_id = chat.get("b")["messages"][4]["id"].get<std::int64_t>();
  chat.loop.advance(15s);
  std::size_t left = 99;
  REQUIRE(chat.store->read([&](Tables& tables) { left = tables.messages_after("", 0).size(); }));
  CHECK(left <= 1);
  chat.post("a", "y");
  CHECK(chat.get("b")["messages"][0]["id"] == last_id + 1);
}

}  // namespace
}  // namespace rtctl::server
