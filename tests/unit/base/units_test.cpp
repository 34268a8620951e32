#include "base/units.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace rtctl;
using namespace std::chrono_literals;

TEST_CASE("units: durations are read as people write them") {
  struct Row {
    const char* text;
    Duration value;
  };
  for (const Row& row : std::vector<Row>{{"0", 0ns},
                                         {"250ms", 250ms},
                                         {"5s", 5s},
                                         {"1.5s", 1500ms},
                                         {"2m", 2min},
                                         {"1h", 1h},
                                         {"1m30s", 90s},
                                         {"10us", 10us},
                                         {"7ns", 7ns}}) {
    CAPTURE(row.text);
    REQUIRE(parse_duration(row.text));
    CHECK(*parse_duration(row.text) == row.value);
    CHECK(*parse_duration(format_duration(row.value)) == row.value);
  }
}

TEST_CASE("units: what is no duration is refused and named") {
  for (const char* text :
       {"", "5", "-5s", "s", "5 s", "5sec", "1e3s", "1..5s", "99999999h", "5s ", "nan", "inf"}) {
    CAPTURE(text);
    const auto result = parse_duration(text);
    REQUIRE(!result);
    CHECK(result.error().message.find(text) != std::string::npos);
  }
}

TEST_CASE("units: sizes know binary and decimal units") {
  CHECK(*parse_size("512") == 512);
  CHECK(*parse_size("64KiB") == 65536);
  CHECK(*parse_size("1.5MiB") == 1572864);
  CHECK(*parse_size("10kB") == 10000);
  CHECK(!parse_size("64K"));
  CHECK(!parse_size("-1"));
  CHECK(!parse_size("99999999999GiB"));
}

TEST_CASE("units: rates are per second whatever the unit") {
  CHECK(*parse_rate("100/s") == doctest::Approx(100));
  CHECK(*parse_rate("30/m") == doctest::Approx(0.5));
  CHECK(*parse_rate("0/s") == doctest::Approx(0));
  CHECK(!parse_rate("50"));
  CHECK(parse_rate("50/m/s").error().message == "\"50/m/s\" is not a rate; write it like \"50/s\"");
}

TEST_CASE("units: shares are at most the whole") {
  CHECK(*parse_share("5%") == doctest::Approx(0.05));
  CHECK(*parse_share("0.1%") == doctest::Approx(0.001));
  CHECK(*parse_share("1") == doctest::Approx(1));
  CHECK(!parse_share("101%"));
  CHECK(!parse_share("five"));
}

TEST_CASE("units: latencies keep three digits and never print 1000 of a unit") {
  CHECK(format_latency(789ns) == "789ns");
  CHECK(format_latency(45600ns) == "45.6us");
  CHECK(format_latency(1234us) == "1.23ms");
  CHECK(format_latency(999600us) == "1.00s");
  CHECK(format_latency(12300ms) == "12.3s");
  CHECK(format_wait(850ms) == "850ms");
  CHECK(format_wait(2600ms) == "2.60s");
  CHECK(format_wait(97203400ms) == "27h3s");
  CHECK(format_wait(24h) == "24h");
}

TEST_CASE("units: sizes print in binary units") {
  CHECK(format_size(512) == "512 B");
  CHECK(format_size(65536) == "64 KiB");
  CHECK(format_size(1572864) == "1.5 MiB");
}
