#include "engine/json_scan.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

using rtctl::engine::JsonPath;

TEST_CASE("json path: finds what the pointer names") {
  const char* json = R"( {"a": {"b": [10, {"c": "x\"y,}"}, null]}, "t/s": "2026", "~": -1.5e3 } )";
  const struct {
    const char* pointer;
    const char* value;
  } rows[] = {{"/a/b/0", "10"},   {"/a/b/1/c", R"("x\"y,}")"},
              {"/a/b/2", "null"}, {"/t~1s", R"("2026")"},
              {"/~0", "-1.5e3"},  {"/a/b", R"([10, {"c": "x\"y,}"}, null])"}};
  for (const auto& row : rows) {
    INFO(row.pointer);
    REQUIRE(JsonPath(row.pointer).find(json));
    CHECK(*JsonPath(row.pointer).find(json) == row.value);
  }
  CHECK(*JsonPath("").find("17") == "17");
}

TEST_CASE("json path: finds nothing where nothing is") {
  for (const auto* pointer : {"/x", "/a/b/3", "/a/b/x", "/a/c", "a", "/a/b/0/0"})
    CHECK_FALSE(JsonPath(pointer).find(R"({"a":{"b":[1,2,3]}})"));
  for (const auto* json :
       {"", "{", "{\"a\"", "{\"a\":", "{\"a\":\"", "[", "{\"a\\", "{\"b\":[}", "Connected"})
    CHECK_FALSE(JsonPath("/a").find(json));
}

TEST_CASE("json path: a text cut anywhere is never read past its end") {
  const std::string json = R"({"k":[1,{"z":"\\\""}],"timestamp":"2026-01-31T12:00:00.123456Z"})";
  const JsonPath path("/timestamp");
  for (std::size_t length = 0; length < json.size() - 1; ++length) {
    const std::string cut = json.substr(0, length);  // a copy, so that sanitizers see its end
    CHECK_FALSE(path.find(cut));
  }
  CHECK(path.find(json));
}

TEST_CASE("json path: agrees with a full parser on random documents") {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    nlohmann::json document;
    for (int i = 0; i < 6; ++i) {
      nlohmann::json value;
      switch (random() % 4) {
        case 0:
          value = random() % 1000;
          break;
        case 1:
          value = "q\"\\/{}[]," + std::to_string(random() % 10);
          break;
        case 2:
          value = {1, 2, {{"k", "v"}}};
          break;
        default:
          value = {{"inner", random() % 5}};
          break;
      }
      document["key" + std::to_string(random() % 8)] = value;
    }
    const std::string text = document.dump();
    for (int i = 0; i < 8; ++i) {
      const std::string pointer = "/key" + std::to_string(i);
      const auto found = JsonPath(pointer).find(text);
      const nlohmann::json::json_pointer real(pointer);
      REQUIRE(found.has_value() == document.contains(real));
      if (found) CHECK(nlohmann::json::parse(*found) == document.at(real));
    }
  }
}
