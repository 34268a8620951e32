#include "server/activity.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "server/activity_endpoint.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_loop.hpp"

namespace rtctl::server {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::request;
using test::with;

struct Feed {
  rtctl::test::FakeLoop loop;
  std::unique_ptr<Store> store = make_memory_store();
  StorePool pool{loop, *store, {.threads = 0}};
  ActivityEndpoint endpoint{loop, pool};

  Response ask(Request asked) {
    const auto exchange = std::make_shared<test::FakeExchange>(std::move(asked));
    endpoint.handle(exchange);
    loop.advance(0s);
    REQUIRE(exchange->answers == 1);
    return *exchange->answer;
  }
  void log(const std::string& type) {
    const auto body = json{{"type", type}, {"userId", "u"}}.dump();
    REQUIRE(ask(request("POST /api/activity", body)).status == 200);
  }
  std::vector<std::string> types(Request asked) {
    std::vector<std::string> found;
    for (const auto& item : json::parse(ask(std::move(asked)).body))
      found.push_back(item["type"]);
    return found;
  }
};

using Types = std::vector<std::string>;

TEST_CASE("activity: what was logged comes back, its data as the JSON it was") {
  Feed feed;
  feed.loop.advance(1234567us);
  const auto posted = feed.ask(request(
      "POST /api/activity",
      R"({"type":"log in","userId":"ann","data":{"z":[1,2.5,null,"\u0000ä"],"a":true},"more":1})"));
  CHECK(posted.status == 200);
  CHECK(posted.body == "OK");
  const auto shown = feed.ask(request("GET /api/activity"));
  CHECK(shown.status == 200);
  CHECK(shown.body == R"([{"id":1,"type":"log in","user_id":"ann",)"
                      R"("data":{"z":[1,2.5,null,"\u0000ä"],"a":true},)"
                      R"("created_at":"2026-01-31T12:00:01.234567Z"}])");
  CHECK(shown.fields.find("content-type") == "application/json");
  CHECK(shown.fields.find("Last-Modified") == "Sat, 31 Jan 2026 12:00:01 GMT");
  CHECK(shown.fields.find("ETag").has_value());
}

TEST_CASE("activity: numbers may name a user, and data may be left out") {
  Feed feed;
  feed.ask(request("POST /api/activity", R"({"type":"t","userId":42})"));
  const auto item = json::parse(feed.ask(request("GET /api/activity")).body)[0];
  CHECK(item["user_id"] == 42);
  CHECK(item["data"].is_null());
}

TEST_CASE("activity: an empty feed is an empty array with validators") {
  Feed feed;
  const auto shown = feed.ask(request("GET /api/activity"));
  CHECK(shown.status == 200);
  CHECK(shown.body == "[]");
  CHECK(shown.fields.find("Last-Modified").has_value());
}

TEST_CASE("activity: bodies that are refused, and what is said") {
  struct Row {
    std::string body;
    std::string detail;
  };
  const Row rows[] = {
      {"", "not JSON"},
      {"[]", "must be a JSON object, found array"},
      {R"({"userId":"u"})", "\\\"type\\\" is missing"},
      {R"({"type":"t"})", "\\\"userId\\\" is missing"},
      {R"({"type":1,"userId":"u"})", "must be a text, found number"},
      {R"({"type":"t","userId":null})", "must be a text, found null"},
      {R"({"type":"t","userId":1.5})", "must be a text, found number"},
      {R"({"type":"","userId":"u"})", "1 to 1024 bytes, found 0"},
      {R"({"type":"a\nb","userId":"u"})", "control character"},
      {R"({"type":"t","userId":"\u0000"})", "control character"},
      {R"({"type":"t","userId":"\u0085"})", "control character"},
      {"{\"type\":\"\xff\",\"userId\":\"u\"}", "not JSON"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    Feed feed;
    const auto answer = feed.ask(request("POST /api/activity", row.body));
    CHECK(answer.status == 400);
    CHECK_MESSAGE(answer.body.find(row.detail) != std::string::npos, answer.body);
    CHECK(feed.ask(request("GET /api/activity")).body == "[]");
  }
}

TEST_CASE("activity: If-Modified-Since shows what is newer, to the microsecond") {
  Feed feed;
  feed.loop.advance(500ms);
  for (const char* type : {"a", "b", "c"})
    feed.log(type);  // within one instant: 0, 1, 2 us apart
  const auto since = [](std::string_view time) {
    return with(request("GET /api/activity"), "If-Modified-Since", time);
  };
  CHECK(feed.types(since("2026-01-31T12:00:00.499999Z")) == Types{"c", "b", "a"});
  CHECK(feed.types(since("2026-01-31T12:00:00.500000Z")) == Types{"c", "b"});
  CHECK(feed.types(since("2026-01-31T13:00:00.500001+01:00")) == Types{"c"});
  CHECK(feed.types(since("2026-01-31T12:00:00.500002Z")).empty());
  SUBCASE("an HTTP-date has whole seconds, so its second is shown again") {
    CHECK(feed.types(since("Sat, 31 Jan 2026 12:00:00 GMT")).size() == 3);
    CHECK(feed.types(since("Sat, 31 Jan 2026 12:00:01 GMT")).empty());
  }
  SUBCASE("nonsense counts as absent") {
    CHECK(feed.types(since("yesterday")).size() == 3);
  }
}

TEST_CASE("activity: the newest 50 are shown, and paging with after loses none") {
  Feed feed;
  for (int i = 1; i <= 120; ++i)
    feed.log(std::to_string(i));
  const auto newest = feed.types(request("GET /api/activity"));
  CHECK(newest.size() == 50);
  CHECK(newest.front() == "120");
  CHECK(newest.back() == "71");
  const auto page = feed.types(request("GET /api/activity?after=0"));
  CHECK(page.size() == 50);
  CHECK(page.front() == "50");
  CHECK(page.back() == "1");
  CHECK(feed.types(request("GET /api/activity?after=50")).front() == "100");
  CHECK(feed.types(request("GET /api/activity?after=69")).back() == "70");
  CHECK(feed.types(request("GET /api/activity?after=70")).size() == 50);
  CHECK(feed.types(request("GET /api/activity?after=118")) == Types{"120", "119"});
  CHECK(feed.types(request("GET /api/activity?after=120")).empty());
  CHECK(feed.types(request("GET /api/activity?after=9999")).empty());
  for (const char* after : {"", "-1", "x", "1x", "99999999999999999999"}) {
    CHECK(feed.ask(request("GET /api/activity?after=" + std::string(after))).status == 400);
  }
}

TEST_CASE("activity: the ETag stays while nothing is logged") {
  Feed feed;
  feed.log("a");
  const auto tag = std::string(*feed.ask(request("GET /api/activity")).fields.find("ETag"));
  feed.loop.advance(5s);
  CHECK(feed.ask(request("GET /api/activity")).fields.find("ETag") == tag);
  feed.log("b");
  CHECK(feed.ask(request("GET /api/activity")).fields.find("ETag") != tag);
}

TEST_CASE("activity: a repeat with the same Idempotency-Key logs once") {
  Feed feed;
  const auto posted =
      with(request("POST /api/activity", R"({"type":"t","userId":"u"})"), "Idempotency-Key", "k1");
  CHECK(feed.ask(posted).status == 200);
  const auto again = feed.ask(posted);
  CHECK(again.status == 200);
  CHECK(again.body == "OK");
  CHECK(feed.types(request("GET /api/activity")).size() == 1);
  SUBCASE("another body with the key is a conflict") {
    auto other = posted;
    other.body = R"({"type":"t2","userId":"u"})";
    CHECK(feed.ask(other).status == 409);
    CHECK(feed.types(request("GET /api/activity")).size() == 1);
  }
  SUBCASE("after ten minutes the key is free") {
    feed.loop.advance(10min + 1s);
    CHECK(feed.ask(posted).status == 200);
    CHECK(feed.types(request("GET /api/activity")).size() == 2);
  }
  SUBCASE("a key that is empty, too long or not printable is refused") {
    for (const std::string& key : {std::string(), std::string(256, 'k'), std::string("\xc3\xa4")}) {
      CHECK(feed.ask(with(posted, "Idempotency-Key", key)).status == 400);
    }
  }
}

}  // namespace
}  // namespace rtctl::server
