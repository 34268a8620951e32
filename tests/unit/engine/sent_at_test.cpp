#include "engine/sent_at.hpp"

#include <doctest/doctest.h>

#include "base/time_format.hpp"

using namespace rtctl;
using namespace rtctl::engine;

TEST_CASE("sent at: RFC 3339, or a number whose size tells its unit") {
  const auto expected = parse_rfc3339("2026-01-31T12:00:00.5Z");
  for (const auto* text : {"2026-01-31T12:00:00.5Z", "2026-01-31 13:00:00.5+01:00", "1769860800.5",
                           "1769860800500", "1769860800500000", "1769860800500000000"}) {
    INFO(text);
    CHECK(parse_sent_at(text) == expected);
  }
  for (const auto* text : {"", "soon", "-1", "1e300", "nan", "2026-13-01T00:00:00Z"})
    CHECK_FALSE(parse_sent_at(text));
}

TEST_CASE("sent at: what was remembered does not stick to data without a time stamp") {
  SentAt sent("/t");
  CHECK(sent.in(R"({"t":1000})"));
  CHECK_FALSE(sent.in(R"({"u":1000})"));
  CHECK_FALSE(sent.in("Connected"));
  CHECK(sent.in(R"({"t":"1000"})") == sent.in(R"({"t":1000})"));
}
