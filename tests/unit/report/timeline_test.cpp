// A storm in a line of text.
#include <doctest/doctest.h>

#include "report/timeline.hpp"

using namespace rtctl;
using namespace rtctl::report;

TEST_CASE("sparkline: the highest value fills its cell, nothing is a blank") {
  CHECK(sparkline({}, 10) == "");
  CHECK(sparkline({0, 1, 4, 8}, 10) == " ▁▄█");
  CHECK(sparkline({5, 5}, 10) == "██");
  CHECK(sparkline({0, 0}, 10) == "  ");
  CHECK(sparkline({0, 8, 4, 4, 8}, 3) == "▄▄█");  // pairs are averaged: 4, 4, 8
}

TEST_CASE("reconnections: counted from the first loss on, with the busiest second") {
  GroupSummary group;
  const auto add = [&](std::uint64_t opened, std::uint64_t failed, std::uint64_t closed) {
    SeriesPoint point{.second = static_cast<std::uint32_t>(group.series.size())};
    if (opened != 0) point.counters["connections_opened"] = opened;
    if (failed != 0) point.counters["connections_failed"] = failed;
    if (closed != 0) point.counters["connections_closed"] = closed;
    group.series.push_back(point);
  };
  CHECK(reconnections(group).text == "");
  add(5000, 0, 0);
  CHECK(reconnections(group).text == "");
  add(0, 0, 5000);
  add(0, 1000, 0);
  add(3000, 1000, 0);
  add(2000, 0, 0);
  add(0, 0, 0);
  const Reconnections back = reconnections(group);
  CHECK(back.text == "7,000 attempts since second 1, most in second 3: 4,000/s");
  CHECK(back.bars == " ▂█▄");
}
