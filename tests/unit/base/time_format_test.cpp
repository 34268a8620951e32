#include "base/time_format.hpp"

#include <doctest/doctest.h>

using namespace rtctl;

TEST_CASE("time format: the three HTTP dates name the same instant") {
  const auto fixdate = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  REQUIRE(fixdate);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == fixdate);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == fixdate);
  CHECK(format_http_date(*fixdate) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("time format: RFC 3339 round trip keeps microseconds") {
  const auto time = parse_rfc3339("2026-01-31T12:00:00.123456Z");
  REQUIRE(time);
  CHECK(format_rfc3339(*time) == "2026-01-31T12:00:00.123456Z");
  CHECK(parse_rfc3339("2026-01-31T13:30:00.123456999+01:30") == time);
  CHECK(parse_rfc3339("2026-01-31 12:00:00.123456z") == time);
  CHECK(format_rfc3339(*parse_rfc3339("1969-12-31T23:59:59.5Z")) == "1969-12-31T23:59:59.500000Z");
  CHECK(format_rfc3339(*parse_rfc3339("2026-01-31")) == "2026-01-31T00:00:00.000000Z");
}

TEST_CASE("time format: nonsense is refused") {
  for (const char* text :
       {"", "now", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-31T25:00:00Z",
        "2026-01-31T12:00:00", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00Zjunk"}) {
    CAPTURE(text);
    CHECK(!parse_rfc3339(text));
    CHECK(!parse_http_date(text));
  }
}
