#include "metrics/threshold.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "metrics/histogram.hpp"
#include "metrics/measure.hpp"

using namespace rtctl;
using namespace rtctl::metrics;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> kGroups{"subscribers", "evening talkers"};

/// 100 deliveries of 1..100 ms, 1000 attempts, 2 errors, 99.95 % up, in 10 s.
Summary sample() {
  Histogram delivery;
  for (int i = 1; i <= 100; ++i)
    delivery.record(i * 1ms);
  GroupSummary group{.name = "subscribers", .kind = "sse"};
  group.metrics["delivery"] = delivery.distribution();
  group.counters = {{"events", 100},   {"attempts", 1000},        {"bytes", 65536},
                    {"lost", 0},       {"time_open", 99'950'000}, {"time_wanted", 100'000'000},
                    {"requests", 1000}};
  group.errors = {{"timeout", 2, "no answer after 10s"}};
  Summary summary;
  summary.duration = 10s;
  summary.total = group;
  summary.total.name = "total";
  summary.groups.push_back(group);
  return summary;
}

std::string message(std::string_view text) {
  const auto threshold = parse_threshold(text, kGroups);
  return threshold ? "" : threshold.error().message;
}

}  // namespace

TEST_CASE("threshold: what is written is measured and judged") {
  struct Row {
    const char* text;
    bool passes;
    const char* measured;
  };
  const Summary summary = sample();
  for (const Row& row : std::vector<Row>{
           {"subscribers:delivery.p99 < 100ms", true, "99.0ms"},
           {"subscribers:delivery.p99<50ms", false, "99.0ms"},
           {"  delivery.p50  <=  50.1ms ", true, "50.0ms"},
           {"delivery.p99.9 <= 0.1s", true, "100ms"},
           {"delivery.max == 100ms", true, "100ms"},
           {"delivery.min >= 1ms", true, "1.00ms"},
           {"delivery.mean < 51ms", true, "50.5ms"},
           {"delivery.stddev < 30ms", true, "28.9ms"},
           {"delivery.count == 100", true, "100"},
           {"delivery.rate > 9/s", true, "10.0/s"},
           {"errors.rate < 0.1%", false, "0.20%"},
           {"errors.rate < 0.01", true, "0.20%"},
           {"errors == 2", true, "2"},
           {"errors.count != 2", false, "2"},
           {"errors.timeout <= 2", true, "2"},
           {"errors.dns == 0", true, "0"},
           {"uptime > 99.9%", true, "99.95%"},
           {"uptime > 99.99%", false, "99.95%"},
           {"lost == 0", true, "0"},
           {"events > 1000", false, "100"},
           {"events.rate >= 10/s", true, "10.0/s"},
           {"events.rate >= 601/m", false, "10.0/s"},
           {"bytes >= 64KiB", true, "64 KiB"},
           {"subscribers:reordered == 0", true, "0"},
           {"latency.p99 < 1s", false, "no samples"},
           {"evening talkers:events > 0", false, "no such group"},
       }) {
    CAPTURE(row.text);
    const auto threshold = parse_threshold(row.text, kGroups);
    REQUIRE_MESSAGE(threshold, threshold.error().message);
    const ThresholdResult result = evaluate(*threshold, summary);
    CHECK(result.passed == row.passes);
    CHECK(result.measured_text == row.measured);
  }
}

TEST_CASE("threshold: what is wrong is named, with what is allowed") {
  struct Row {
    const char* text;
    const char* says;
  };
  for (const Row& row : std::vector<Row>{
           {"", "it is empty"},
           {"delivery.p99", "it has no comparison"},
           {"delivery.p99 =< 5ms", "the comparisons are < <= > >= == !="},
           {"delivery.p99 = 5ms", "the comparisons are < <= > >= == !="},
           {"< 5ms", "nothing is compared"},
           {"delivery.p99 <", "there is no value to compare with"},
           {"delivery. < 5ms", "there is nothing after the dot"},
           {"delivry.p99 < 5ms", "unknown metric \"delivry\""},
           {"delivry.p99 < 5ms", "did you mean \"delivery\"?"},
           {"subscriber:delivery.p99 < 5ms",
            "unknown group \"subscriber\"; groups are subscribers, evening talkers; did you mean "
            "\"subscribers\"?"},
           {"delivery < 5ms", "\"delivery\" needs an aggregate, as in \"delivery.p99\""},
           {"delivery.p101 < 5ms", "\"p101\" is no aggregate of \"delivery\""},
           {"delivery.mx < 5ms", "did you mean \"max\"?"},
           {"delivery.p99 < 5", "\"5\" is not a duration"},
           {"delivery.p99 < 5%", "is not a duration"},
           {"delivery.p99 < -5ms", "is not a duration"},
           {"payload.p99 < 5ms", "\"5ms\" is not a size"},
           {"errors.rate < 5ms", "\"5ms\" is not a share"},
           {"errors.rate < 101%", "is not a share"},
           {"errors.timeot == 0", "did you mean \"timeout\"?"},
           {"lost == 5ms", "\"5ms\" is not a number; write it like \"1000\""},
           {"lost == -1", "is not a number"},
           {"lost.p99 == 0", "\"p99\" is no aggregate of the counter \"lost\""},
           {"uptime.p99 > 5%", "\"uptime\" has no aggregate \"p99\""},
           {"events.rate > 5", "\"5\" is not a rate; write it like \"50/s\""},
           {"a < 1 < 2", "unknown metric \"a\""},
           {"lost == nan", "is not a number"},
           {"users.rate > 5/s", "is no aggregate of the counter \"users\""},
       }) {
    CAPTURE(row.text);
    CAPTURE(message(row.text));
    CHECK(message(row.text).find(row.says) != std::string::npos);
  }
}

TEST_CASE("threshold: judging fills one result each and says whether all held") {
  Summary summary = sample();
  summary.thresholds = {*parse_threshold("lost == 0", kGroups)};
  CHECK(judge(summary));
  summary.thresholds.push_back(*parse_threshold("delivery.p99 < 1ms", kGroups));
  CHECK(!judge(summary));
  REQUIRE(summary.results.size() == 2);
  CHECK(summary.results[0].passed);
  CHECK(!summary.results[1].passed);
}

TEST_CASE("measure: shares near the ends do not round to them") {
  CHECK(format_value(1, Unit::share) == "100%");
  CHECK(format_value(0.999996, Unit::share) == "99.9996%");
  CHECK(format_value(0.000004, Unit::share) == "0.0004%");
  CHECK(format_value(0, Unit::share) == "0%");
}
