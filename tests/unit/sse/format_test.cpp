#include <doctest/doctest.h>

#include <random>

#include "rtctl/sse.hpp"
#include "transcript.hpp"

using rtctl::sse::format;
using rtctl::sse::format_comment;
using rtctl::sse::Frame;
using rtctl::test::parse;

namespace {

std::string formatted(const Frame& frame) {
  std::string out;
  format(frame, out);
  return out;
}

}  // namespace

TEST_CASE("sse format: the wire form") {
  CHECK(formatted({.data = "a"}) == "data: a\n\n");
  CHECK(formatted({.data = ""}) == "data: \n\n");
  CHECK(formatted({.data = "a", .type = "message"}) == "data: a\n\n");
  CHECK(formatted({.data = "a", .type = "tick", .id = "7"}) == "id: 7\nevent: tick\ndata: a\n\n");
  CHECK(formatted({.data = "a", .id = ""}) == "id: \ndata: a\n\n");
  CHECK(formatted({.data = "a\nb\r\nc\rd\n"}) == "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
}

TEST_CASE("sse format: comments") {
  std::string out;
  format_comment("beat", out);
  format_comment("a\nb", out);
  CHECK(out == ": beat\n\n: a\n: b\n\n");
}

TEST_CASE("sse format: parsing what was formatted gives it back") {
  std::mt19937 random(3);
  MESSAGE("seed 3");
  const auto text = [&](std::string_view alphabet) {
    std::string result(random() % 12, ' ');
    for (char& c : result)
      c = alphabet[random() % alphabet.size()];
    return result;
  };
  for (int round = 0; round < 5'000; ++round) {
    const std::string data = text("ab :\n");
    const std::string type = text("ab :");
    const std::string id = text("01 :");
    const bool has_id = random() % 2 == 0;
    Frame frame{.data = data, .type = type};
    if (has_id) frame.id = id;
    const std::string expected =
        "event|" + (type.empty() ? "message" : type) + "|" + data + "|" + (has_id ? id + "*" : "");
    const std::string last_id = has_id ? id : "";
    REQUIRE(parse({formatted(frame)}) == std::vector<std::string>{expected, "id|" + last_id});
  }
}
