#include "report/compare.hpp"

#include <doctest/doctest.h>

#include "unit/report/sample.hpp"

using namespace rtctl;
using namespace rtctl::report;

namespace {

const Change& find(const Comparison& comparison, const std::string& group,
                   const std::string& measure) {
  for (const Change& change : comparison.changes) {
    if (change.group == group && change.measure == measure) return change;
  }
  FAIL("no " << group << " " << measure);
  return comparison.changes.front();
}

std::size_t worse(const Comparison& comparison, double share) {
  std::size_t count = 0;
  for (const Change& change : comparison.changes)
    count += change.is_worse_by(share) ? 1 : 0;
  return count;
}

/// Every sample of a distribution `factor` times as long.
Distribution slower(const Distribution& all, std::uint64_t factor) {
  metrics::Histogram histogram(all.scale);
  for (const auto& [bucket, samples] : all.buckets) {
    for (std::uint64_t i = 0; i < samples; ++i)
      histogram.record_value(metrics::bucket_low(bucket) * all.scale * factor);
  }
  return histogram.distribution();
}

}  // namespace

TEST_CASE("compare: a run is no worse than itself") {
  const Summary summary = test::sample_summary();
  const Comparison comparison = compare(summary, summary);
  CHECK(worse(comparison, 0) == 0);
  CHECK(comparison.notes.empty());
  CHECK(render_comparison_text(comparison, 0.1, Colors::none)
            .starts_with("✓ nothing got worse by more than 10%\n"));
}

TEST_CASE("compare: slower is worse, faster is not") {
  const Summary before = test::sample_summary();
  Summary after = before;
  after.groups[0].metrics["delivery"] = slower(before.groups[0].metrics.at("delivery"), 2);
  const Comparison comparison = compare(before, after);
  const Change& p99 = find(comparison, "subscribers", "delivery.p99");
  CHECK(*p99.relative == doctest::Approx(1).epsilon(0.01));
  CHECK(p99.is_worse_by(0.5));
  CHECK(!p99.is_worse_by(1.5));
  CHECK(!find(comparison, "subscribers", "delivery.max").is_worse_by(0));
  CHECK(worse(compare(after, before), 0) == 0);
}

TEST_CASE("compare: any loss where there was none is worse, however large the allowance") {
  const Summary before = test::sample_summary();
  Summary after = before;
  after.groups[0].counters["lost"] = 1;
  const Comparison comparison = compare(before, after);
  const Change& lost = find(comparison, "subscribers", "lost");
  CHECK(!lost.relative);
  CHECK(lost.is_worse_by(1));
  CHECK(render_comparison_text(comparison, 1, Colors::none).find("1 got worse") !=
        std::string::npos);
  CHECK(render_comparison_json(comparison, 1).find("\"passed\": false") != std::string::npos);
}

TEST_CASE("compare: less throughput and less uptime are worse, fewer errors are not") {
  const Summary before = test::sample_summary();
  Summary after = before;
  after.groups[0].counters["events"] /= 2;
  after.groups[0].counters["time_open"] /= 2;
  after.groups[0].errors.clear();
  const Comparison comparison = compare(before, after);
  CHECK(find(comparison, "subscribers", "events.rate").is_worse_by(0.4));
  CHECK(find(comparison, "subscribers", "uptime").is_worse_by(0.4));
  CHECK(!find(comparison, "subscribers", "errors.rate").is_worse_by(0));
}

TEST_CASE("compare: a group that only one run has is noted, not judged") {
  const Summary before = test::sample_summary();
  Summary after = before;
  after.groups.pop_back();
  const Comparison comparison = compare(before, after);
  REQUIRE(comparison.notes.size() == 1);
  CHECK(comparison.notes[0] == "group \"dash <boards> & co\" is only in the first");
}

TEST_CASE("compare: what grew a hundredfold is told so, apart from what stands beside it") {
  const Comparison comparison{.changes = {{.group = "all",
                                           .measure = "latency.p99",
                                           .unit = metrics::Unit::time,
                                           .before = 1e6,
                                           .after = 5.37e8,
                                           .relative = 536.0,
                                           .worse = Change::Worse::higher}},
                              .notes = {"one", "two"}};
  const std::string text = render_comparison_text(comparison, std::nullopt, Colors::none);
  CHECK(text.find("  1.00ms      537ms     537x\n") != std::string::npos);
  CHECK(text.ends_with("\n\none\ntwo\n"));
}
