#include "metrics/collector.hpp"

#include <doctest/doctest.h>

#include <random>

#include "metrics/measure.hpp"
#include "metrics/series.hpp"

using namespace rtctl;
using namespace rtctl::metrics;
using namespace std::chrono_literals;

namespace {

using Groups = std::vector<GroupName>;

/// What a worker might write down in a second.
void fill(Recorder& recorder, std::mt19937_64& random) {
  for (int i = 0; i < 200; ++i) {
    recorder.record(Metric::latency, Duration(random() % 1'000'000'000));
    recorder.record_payload(random() % 100'000);
    recorder.add(Counter::requests);
    recorder.add_status(random() % 10 == 0 ? 503 : 200);
    if (random() % 10 == 0) recorder.fail(ErrorCode::http_5xx, "503 Service Unavailable");
    if (random() % 50 == 0) recorder.fail(ErrorCode::reset, "connection reset by peer");
  }
}

}  // namespace

TEST_CASE("collector: many workers' hand-overs are one recorder's record") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Collector split(Groups{{"a", "poll"}});
  Recorder whole;
  for (int second = 0; second < 3; ++second) {
    for (int worker = 0; worker < 4; ++worker) {
      Recorder part;
      fill(part, random);
      whole.merge(part);
      split.add(0, part);
    }
    split.end_second();
  }
  Collector single(Groups{{"a", "poll"}});
  single.add(0, whole);
  single.end_second();
  Summary from_split = split.summary();
  Summary from_single = single.summary();
  CHECK(from_split.groups[0].series.size() == 3);
  CHECK(from_single.groups[0].series.size() == 1);
  from_split.groups[0].series.clear();
  from_single.groups[0].series.clear();
  CHECK(from_split.groups[0] == from_single.groups[0]);
  CHECK(from_split.total.counters == from_single.groups[0].counters);
}

TEST_CASE("collector: merged summaries are the summary of both") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Collector left(Groups{{"a", "poll"}, {"b", "sse"}});
  Collector right(Groups{{"a", "poll"}, {"b", "sse"}});
  Collector both(Groups{{"a", "poll"}, {"b", "sse"}});
  for (int i = 0; i < 6; ++i) {
    Recorder part;
    fill(part, random);
    (i % 2 == 0 ? left : right).add(i % 3 == 0 ? 0 : 1, part);
    both.add(i % 3 == 0 ? 0 : 1, part);
  }
  left.end_second();
  right.end_second();
  both.end_second();
  Summary merged = left.summary();
  REQUIRE(merge(merged, right.summary()));
  const Summary whole = both.summary();
  for (std::size_t g = 0; g < 2; ++g) {
    CHECK(merged.groups[g].metrics == whole.groups[g].metrics);
    CHECK(merged.groups[g].counters == whole.groups[g].counters);
    CHECK(merged.groups[g].errors == whole.groups[g].errors);
    CHECK(merged.groups[g].series[0].counters == whole.groups[g].series[0].counters);
  }
  CHECK(merged.total.metrics == whole.total.metrics);
  CHECK(merged.workers == 2);
}

TEST_CASE("collector: what two generators say alike is said once after merging") {
  Summary merged = Collector(Groups{{"a", "poll"}}).summary();
  Summary other = merged;
  merged.generator.reasons = {"late"};
  other.generator.reasons = {"late", "full"};
  REQUIRE(merge(merged, other));
  CHECK(merged.generator.reasons == std::vector<std::string>{"late", "full"});
}

TEST_CASE("collector: groups of one name and two kinds do not merge") {
  Collector left(Groups{{"a", "poll"}});
  Collector right(Groups{{"a", "sse"}});
  Summary summary = left.summary();
  const Summary before = summary;
  const auto merged = merge(summary, right.summary());
  REQUIRE(!merged);
  CHECK(merged.error().message == "group \"a\" is of kind poll in one file and sse in the other");
  CHECK(summary == before);
}

TEST_CASE("collector: the warm-up is forgotten, who is there is not") {
  Collector collector(Groups{{"streams", "sse"}});
  Recorder recorder;
  recorder.add(Counter::users_started, 10);
  recorder.add(Counter::connections_opened, 10);
  recorder.add(Counter::requests, 10);
  recorder.add(Counter::events, 500);
  recorder.record(Metric::delivery, 1s);
  collector.add(0, recorder);
  collector.end_second();
  collector.end_warmup();
  CHECK(collector.live().open == 10);
  CHECK(collector.live().events == 0);

  recorder.clear();
  recorder.add(Counter::events, 7);
  recorder.record(Metric::delivery, 2ms);
  recorder.add(Counter::connections_closed, 1);
  recorder.fail(ErrorCode::reset, "reset");
  collector.add(0, recorder);
  collector.end_second();
  const Summary summary = collector.summary();
  const GroupSummary& group = summary.groups[0];
  CHECK(counter(group, "users") == 10);
  CHECK(counter(group, "connections_open") == 10);
  CHECK(counter(group, "events") == 7);
  CHECK(group.metrics.at("delivery").max == 2'000'000);
  CHECK(group.series.size() == 1);
  CHECK(group.series[0].second == 1);
  CHECK(group.series[0].open == 9);
  // Nine streams held without a request of their own; one error is a tenth, not all.
  CHECK(*error_rate(group) == doctest::Approx(0.1));
  CHECK(*error_rate(summary.total) == doctest::Approx(0.1));
}

TEST_CASE("collector: the live block prefers delivery to latency") {
  Collector collector(Groups{{"a", "poll"}});
  CHECK(collector.live().quantiles_of.empty());
  Recorder recorder;
  recorder.record(Metric::latency, 5ms);
  recorder.add(Counter::events, 3);
  collector.add(0, recorder);
  collector.end_second();
  CHECK(collector.live().quantiles_of == "latency");
  CHECK(*collector.live().p99 == 5'000'000);
  CHECK(collector.live().events_per_second == 3);
  recorder.clear();
  recorder.record(Metric::delivery, 1ms);
  collector.add(0, recorder);
  collector.end_second();
  CHECK(collector.live().quantiles_of == "delivery");
  CHECK(collector.live().events_per_second == 0);
}

TEST_CASE("recorder: one example per kind, cut at a character") {
  Recorder recorder;
  std::string text;
  while (text.size() < 400)
    text += "\xE2\x82\xAC";  // the euro sign, three bytes
  recorder.fail(ErrorCode::tls, text);
  recorder.fail(ErrorCode::tls, "another");
  CHECK(recorder.errors(ErrorCode::tls) == 2);
  CHECK(recorder.example(ErrorCode::tls).size() == 300);
  recorder.add_status(304);
  CHECK(recorder.count(Counter::http_3xx) == 1);
  CHECK(recorder.count(Counter::not_modified) == 1);
}

TEST_CASE("names: every metric, counter and error kind has one name of its own") {
  for (std::size_t i = 0; i < kMetricCount; ++i)
    CHECK(metric_of(name_of(static_cast<Metric>(i))) == static_cast<Metric>(i));
  for (std::size_t i = 0; i < kCounterCount; ++i)
    CHECK(counter_of(name_of(static_cast<Counter>(i))) == static_cast<Counter>(i));
  for (std::size_t i = 0; i < kErrorCount; ++i)
    CHECK(error_code_of(name_of(static_cast<ErrorCode>(i))) == static_cast<ErrorCode>(i));
  CHECK(!metric_of("nonsense"));
}

TEST_CASE("collector: the series of a long run stays small and complete") {
  Collector collector(Groups{{"a", "sse"}});
  constexpr std::uint64_t kSeconds = 30'000;  // more than eight hours
  Recorder recorder;
  for (std::uint64_t second = 0; second < kSeconds; ++second) {
    recorder.clear();
    recorder.add(Counter::events, 2);
    recorder.record(Metric::delivery, second == 7 ? 5s : 1ms);
    if (second == 0) recorder.add(Counter::users_started, 3);
    collector.add(0, recorder);
    collector.end_second();
  }
  const Summary summary = collector.summary();
  const auto& series = summary.groups[0].series;
  CHECK(series.size() >= 3600);
  CHECK(series.size() < 7200);
  std::uint64_t events = 0;
  std::uint64_t seconds = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    CHECK(series[i].second == seconds);
    events += series[i].counters.at("events");
    seconds += series[i].seconds;
    CHECK(series[i].users == 3);
  }
  CHECK(events == 2 * kSeconds);
  CHECK(seconds == kSeconds);
  CHECK(series[0].metrics.at("delivery").max == 5'000'000'000);
  CHECK(series[1].metrics.at("delivery").count == series[1].seconds);
}

TEST_CASE("series: side by side they meet by second, at the coarser step") {
  const auto point = [](std::uint32_t second, std::uint64_t events, std::uint64_t users) {
    return SeriesPoint{.second = second, .users = users, .counters = {{"events", events}}};
  };
  const std::vector<SeriesPoint> fine{point(3, 1, 5), point(4, 2, 5), point(5, 4, 6)};
  const std::vector<SeriesPoint> coarse = coarser({point(4, 8, 1), point(5, 16, 2)}, 2);
  REQUIRE(coarse.size() == 1);
  const auto both = side_by_side(fine, coarse);
  REQUIRE(both.size() == 2);
  CHECK(both[0] == point(3, 1, 5));
  CHECK(both[1].second == 4);
  CHECK(both[1].seconds == 2);
  CHECK(both[1].counters.at("events") == 2 + 4 + 8 + 16);
  CHECK(both[1].users == 6 + 2);
  CHECK(side_by_side(coarse, fine) == both);
}
