#include "server/router.hpp"

#include <doctest/doctest.h>

using namespace rtctl::server;

TEST_CASE("router: finds exact paths and prefixes, nothing else") {
  Router router;
  router.add({.path = "/api/events", .methods = {"GET", "POST"}});
  router.add({.path = "/static/*", .methods = {"GET"}});
  REQUIRE(router.find("/api/events") != nullptr);
  CHECK(router.find("/api/events")->path == "/api/events");
  CHECK(router.find("/static/a/b.css") != nullptr);
  CHECK(router.find("/static/") != nullptr);
  CHECK(router.find("/static") == nullptr);
  CHECK(router.find("/api/events/") == nullptr);
  CHECK(router.find("/api") == nullptr);
  CHECK(router.find("") == nullptr);
}

TEST_CASE("route: HEAD comes with GET, OPTIONS always, and Allow says so") {
  const Route both{.path = "/a", .methods = {"GET", "POST"}};
  CHECK(both.allows("HEAD"));
  CHECK(both.allows("OPTIONS"));
  CHECK_FALSE(both.allows("DELETE"));
  CHECK_FALSE(both.allows("get"));
  CHECK(both.allow() == "GET, HEAD, POST, OPTIONS");
  const Route post{.path = "/b", .methods = {"POST"}};
  CHECK_FALSE(post.allows("HEAD"));
  CHECK(post.allow() == "POST, OPTIONS");
}
