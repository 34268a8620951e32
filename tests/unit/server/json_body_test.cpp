#include "server/json_body.hpp"

#include <doctest/doctest.h>

#include <string>

namespace rtctl::server {
namespace {

std::string nested(int levels) {
  return R"({"a":)" + std::string(static_cast<std::size_t>(levels - 1), '[') + "1" +
         std::string(static_cast<std::size_t>(levels - 1), ']') + "}";
}

TEST_CASE("JSON body: an object in UTF-8, at most 64 levels deep") {
  CHECK(parse_object(R"({"b":1,"a":[{}]})")->dump() == R"({"b":1,"a":[{}]})");
  CHECK(parse_object(nested(64)).has_value());
  CHECK(!parse_object(nested(65)).has_value());
  CHECK(parse_object(nested(65)).error().message ==
        "the JSON body is nested deeper than 64 levels");
  CHECK(
      parse_object(R"({"brackets in a text":"[[[[[[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[)"
                   R"([[[[[[[[[[[[[[[[[[[[[[[["})")
          .has_value());
}

TEST_CASE("JSON body: what is refused") {
  for (const std::string& body :
       {std::string(), std::string("null"), std::string("1"), std::string("\"x\""),
        std::string("{"), std::string("{} {}"), std::string("{\"a\":}"), std::string("{'a':1}"),
        std::string("{\"a\":\"\xc3\"}"), std::string("{\"a\":\"\xed\xa0\x80\"}"),
        std::string("{\"a\":NaN}"), std::string("{\"a\":1e999}"), std::string("{\"a\":\"\n\"}"),
        std::string("{\"a\":\"\\ud800\"}"), std::string("{}\0", 3), std::string(100'000, '[')}) {
    CAPTURE(body.substr(0, 40));
    CHECK(!parse_object(body).has_value());
  }
}

TEST_CASE("JSON body: a member's value is compact, its numbers as they were written") {
  const auto data = [](std::string_view body) {
    REQUIRE(parse_object(body).has_value());
    return member_text(body, "data");
  };
  CHECK(data(R"({"data":12345678901234567890123456789})") == "12345678901234567890123456789");
  CHECK(data(R"({ "a" : [{}, "}"] , "data" : { "x" : [ 1.50 , -0 ] , "y" : "a \" b" } })") ==
        R"({"x":[1.50,-0],"y":"a \" b"})");
  CHECK(data("{\"data\"\n:\ttrue\r}") == "true");
  CHECK(data(R"({"data":"\u0000\\\u00e4\/"})") == "\"\\u0000\\\\\xc3\xa4/\"");
  CHECK(data(R"({"d\u0061ta":1,"data":2,"b":3})") == "2");
  CHECK(data(R"({"data":2,"d\u0061ta":1e3})") == "1e3");
  CHECK(data("\xef\xbb\xbf{\"data\":null}") == "null");
  CHECK(data(R"({"other":{"data":1}})").empty());
  CHECK(data("{ }").empty());
}

TEST_CASE("JSON body: control characters are found, in UTF-8 too") {
  CHECK(!has_control_character("plain \xc3\xa4 \xe2\x82\xac"));
  for (const char* text : {"\n", "a\tb", "\x7f", "x\xc2\x85"})
    CHECK(has_control_character(text));
  CHECK(has_control_character(std::string_view("\0", 1)));
  CHECK(!has_control_character("\xc2\xa0"));  // no-break space
}

}  // namespace
}  // namespace rtctl::server
