#include "metrics/histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace rtctl;
using namespace rtctl::metrics;
using namespace std::chrono_literals;

namespace {

std::vector<double> quantiles() {
  return {0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1};
}

/// The smallest sample that at least q of all do not exceed, by sorting.
std::uint64_t exact_quantile(const std::vector<std::uint64_t>& sorted, double q) {
  const auto rank =
      static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size()) - 1e-9));
  return sorted[rank == 0 ? 0 : rank - 1];
}

/// Samples of shapes that latencies take: narrow, wide, two humps, nearly all the same.
std::vector<std::uint64_t> draw(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> samples;
  std::lognormal_distribution<double> narrow(std::log(2e6), 0.3);
  std::lognormal_distribution<double> wide(std::log(5e5), 2.5);
  std::uniform_int_distribution<std::uint64_t> flat(0, 3'000'000'000'000);
  for (std::size_t i = 0; i < count; ++i) {
    switch (seed % 4) {
      case 0:
        samples.push_back(static_cast<std::uint64_t>(narrow(random)));
        break;
      case 1:
        samples.push_back(static_cast<std::uint64_t>(std::min(wide(random), 3.5e12)));
        break;
      case 2:
        samples.push_back(flat(random));
        break;
      default:
        samples.push_back(random() % 100 == 0 ? flat(random) : 1'234'567);
    }
  }
  return samples;
}

}  // namespace

TEST_CASE("histogram: quantiles are within 0.1 % or 1 us of an exact sort") {
  const std::uint64_t first_seed = std::random_device{}();
  for (std::uint64_t seed = first_seed; seed < first_seed + 12; ++seed) {
    CAPTURE(seed);
    auto samples = draw(seed, 20'000);
    Histogram histogram;
    for (const std::uint64_t sample : samples)
      histogram.record(Duration(sample));
    std::sort(samples.begin(), samples.end());
    for (const double q : quantiles()) {
      CAPTURE(q);
      const auto exact = static_cast<double>(exact_quantile(samples, q));
      const auto got = static_cast<double>(*histogram.quantile(q));
      CHECK(std::abs(got - exact) <= std::max(1000.0, exact * 0.001));
    }
  }
}

TEST_CASE("histogram: merged parts are exactly the histogram of the whole") {
  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::vector<Histogram> parts(5);
  Histogram whole;
  Distribution merged;
  std::size_t i = 0;
  for (const std::uint64_t sample : draw(seed, 30'000)) {
    whole.record(Duration(sample));
    parts[i++ % parts.size()].record(Duration(sample));
  }
  Histogram sum;
  Histogram from_rest;
  for (const Histogram& part : parts) {
    sum.merge(part);
    from_rest.merge(part.distribution());
    merge(merged, part.distribution());
  }
  CHECK(sum.distribution() == whole.distribution());
  CHECK(from_rest.distribution() == whole.distribution());
  CHECK(merged == whole.distribution());
}

TEST_CASE("histogram: every value lies in its bucket and buckets leave no gap") {
  for (std::uint32_t bucket = 0; bucket + 1 < kBuckets; ++bucket) {
    const std::uint64_t low = bucket_low(bucket);
    const std::uint64_t high = bucket_high(bucket);
    if (bucket_of(low) != bucket || bucket_of(high) != bucket ||
        bucket_low(bucket + 1) != high + 1 || (high - low) * 1024 > low) {
      FAIL("bucket " << bucket << " holds " << low << ".." << high);
    }
  }
  CHECK(bucket_of(kUnitsMax) == kBuckets - 1);
}

TEST_CASE("histogram: an hour is in range, more overflows and still counts") {
  Histogram histogram;
  histogram.record(1h);
  CHECK(histogram.overflow() == 0);
  histogram.record(2h);
  CHECK(histogram.overflow() == 1);
  CHECK(histogram.count() == 2);
  CHECK(histogram.max() == 7'200'000'000'000);
  CHECK(*histogram.quantile(1) == 7'200'000'000'000);
  CHECK(*histogram.quantile(0.5) <= 3'603'600'000'000);
}

TEST_CASE("histogram: empty it has no quantile, negative times count as zero") {
  Histogram histogram;
  CHECK(!histogram.quantile(0.5));
  CHECK(histogram.distribution() == Distribution{});
  histogram.record(-5ms);
  CHECK(*histogram.quantile(0.99) == 0);
  CHECK(histogram.min() == 0);
}

TEST_CASE("histogram: equal samples give that sample, not a bucket's edge") {
  Histogram histogram;
  for (int i = 0; i < 1000; ++i)
    histogram.record(100'003us + 7ns);
  for (const double q : quantiles())
    CHECK(*histogram.quantile(q) == 100'003'007);
  CHECK(*mean(histogram.distribution()) == doctest::Approx(100'003'007));
  CHECK(*standard_deviation(histogram.distribution()) == doctest::Approx(0));
}

TEST_CASE("histogram: mean is exact and the deviation near") {
  Histogram histogram;
  for (int i = 1; i <= 9; ++i)
    histogram.record(i * 1ms);
  CHECK(*mean(histogram.distribution()) == doctest::Approx(5e6));
  CHECK(*standard_deviation(histogram.distribution()) == doctest::Approx(2.58199e6).epsilon(0.001));
}

TEST_CASE("histogram: memory follows the ranges in use") {
  Histogram histogram;
  CHECK(histogram.memory_bytes() < 300);
  histogram.record(500us);
  CHECK(histogram.memory_bytes() < 9'000);
  for (Duration time = 1us; time < 1h; time *= 2)
    histogram.record(time);
  CHECK(histogram.memory_bytes() < 190'000);
  histogram.clear();
  CHECK(histogram.empty());
  CHECK(histogram.distribution() == Distribution{});
}

TEST_CASE("histogram: bytes have the same three digits") {
  Histogram histogram(1);
  for (std::uint64_t bytes = 1; bytes <= 100'000; ++bytes)
    histogram.record_value(bytes);
  CHECK(*histogram.quantile(0.5) == doctest::Approx(50'000).epsilon(0.001));
  CHECK(*histogram.quantile(0) == 1);
  CHECK(*histogram.quantile(1) == 100'000);
}
