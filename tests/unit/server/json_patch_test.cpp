#include "server/json_patch.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

using namespace rtctl::server;
using nlohmann::json;

namespace {

/// Any small value; deeper ones are rarer.
json random_value(std::mt19937& random, int depth) {
  switch (random() % (depth > 0 ? 6 : 4)) {
    case 0:
      return nullptr;
    case 1:
      return static_cast<int>(random() % 3);
    case 2:
      return random() % 2 == 0;
    case 3:
      return std::string(random() % 3, 'x');
    case 4: {
      json array = json::array();
      for (auto i = random() % 4; i > 0; --i)
        array.push_back(random_value(random, depth - 1));
      return array;
    }
    default: {
      json object = json::object();
      for (auto i = random() % 4; i > 0; --i)
        object[std::string(1, "a/~b"[random() % 4])] = random_value(random, depth - 1);
      return object;
    }
  }
}

std::size_t length(const json& value) {
  return value.dump().size();
}

}  // namespace

TEST_CASE("JSON patch: only what changed, with its pointer") {
  const json from =
      json::parse(R"({"a/b":{"x":1,"y":[1,2,3]},"gone":null,"same":{"long":"text"}})");
  json to = from;
  to["a/b"]["x"] = 2;
  CHECK(patch_between(from, from, "/t") == json::array());
  CHECK(patch_between(from, to, "/t").dump() ==
        R"([{"op":"replace","path":"/t/a~1b/x","value":2}])");
  CHECK(pointer_to("/t", "~/") == "/t/~0~1");
}

TEST_CASE("JSON patch: applying it to the old value gives the new one, and it is not longer") {
  std::mt19937 random(11);
  for (int i = 0; i < 5000; ++i) {
    const json from{{"t", random_value(random, 4)}};
    const json to{{"t", random_value(random, 4)}};
    const json patch = patch_between(from["t"], to["t"], "/t");
    CAPTURE(from.dump());
    CAPTURE(to.dump());
    CHECK(from.patch(patch) == to);
    CHECK(length(patch) <= length(to["t"]) + 60);
  }
}

TEST_CASE("JSON patch: a value that changes everywhere below a long key is replaced as a whole") {
  const std::string key(20'000, 'k');
  json from{{key, json::array()}};
  for (int i = 0; i < 20'000; ++i)
    from[key].push_back(0);
  json to = from;
  for (json& item : to[key])
    item = 1;
  const json patch = patch_between(from, to, "/t");
  REQUIRE(patch.size() == 1);
  CHECK(patch[0]["path"] == "/t");
  CHECK(patch[0]["value"] == to);
  to = from;
  to[key][7] = 1;  // one change is still only that
  CHECK(patch_between(from, to, "/t")[0]["path"] == "/t/" + key + "/7");
}
