#include "server/published_keys.hpp"

#include <doctest/doctest.h>

using namespace rtctl;
using namespace rtctl::server;
using namespace std::chrono_literals;

TEST_CASE("published keys: the same request finds its event for ten minutes, another does not") {
  PublishedKeys keys;
  const WallTime now{1h};
  keys.add({"key", "this"}, 7, now);
  const auto found = keys.find({"key", "this"}, now + 10min);
  REQUIRE(found);
  CHECK(found->id == 7);
  CHECK(found->is_same_request);
  CHECK(!keys.find({"key", "that"}, now)->is_same_request);
  CHECK(!keys.find({"other", "this"}, now));
  CHECK(!keys.find({"key", "this"}, now + 10min + 1us));
}

TEST_CASE("published keys: a request key is the same after it was a text") {
  CHECK(to_text(std::nullopt).empty());
  CHECK(!request_key_of(""));
  const auto key = request_key_of(to_text(RequestKey{"0123", "abcd"}));
  REQUIRE(key);
  CHECK(key->key == "0123");
  CHECK(key->fingerprint == "abcd");
}
