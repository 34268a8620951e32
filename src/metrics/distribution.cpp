// What a histogram at rest says: quantiles, mean, deviation; and adding two up.
#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "metrics/buckets.hpp"
#include "rtctl/summary.hpp"

namespace rtctl {
namespace {

/// The value that stands for a bucket in sums: its middle, within what was really seen.
double middle(const Distribution& distribution, std::uint32_t bucket) {
  const auto scale = static_cast<double>(distribution.scale);
  const double low = static_cast<double>(metrics::bucket_low(bucket)) * scale;
  const double high = static_cast<double>(metrics::bucket_high(bucket) + 1) * scale - 1;
  return std::clamp((low + high) / 2, static_cast<double>(distribution.min),
                    static_cast<double>(distribution.max));
}

}  // namespace

std::optional<std::uint64_t> quantile(const Distribution& distribution, double q) {
  RTCTL_CHECK(q >= 0 && q <= 1);
  if (distribution.count == 0) return std::nullopt;
  if (q == 0) return distribution.min;
  // The rank is a whole number of samples; without the small allowance 0.07 * 100 would be 8.
  const double exact = q * static_cast<double>(distribution.count);
  const auto rank = static_cast<std::uint64_t>(std::ceil(exact - exact * 1e-12));
  std::uint64_t seen = 0;
  for (const auto& [bucket, samples] : distribution.buckets) {
    seen += samples;
    if (seen < rank) continue;
    const std::uint64_t high = (metrics::bucket_high(bucket) + 1) * distribution.scale - 1;
    return std::clamp(high, distribution.min, distribution.max);
  }
  return distribution.max;
}

std::optional<double> mean(const Distribution& distribution) {
  if (distribution.count == 0) return std::nullopt;
  return static_cast<double>(distribution.sum) / static_cast<double>(distribution.count);
}

std::optional<double> standard_deviation(const Distribution& distribution) {
  const auto centre = mean(distribution);
  if (!centre) return std::nullopt;
  const auto square = [&](double value) { return (value - *centre) * (value - *centre); };
  double squares =
      square(static_cast<double>(distribution.max)) * static_cast<double>(distribution.overflow);
  for (const auto& [bucket, samples] : distribution.buckets)
    squares += square(middle(distribution, bucket)) * static_cast<double>(samples);
  return std::sqrt(squares / static_cast<double>(distribution.count));
}

void merge(Distribution& into, const Distribution& other) {
  if (other.count == 0) return;
  if (into.count == 0) {
    into = other;
    return;
  }
  RTCTL_CHECK(into.scale == other.scale);
  into.min = std::min(into.min, other.min);
  into.max = std::max(into.max, other.max);
  into.count += other.count;
  into.overflow += other.overflow;
  into.sum += other.sum;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> both;
  both.reserve(into.buckets.size() + other.buckets.size());
  auto left = into.buckets.cbegin();
  auto right = other.buckets.cbegin();
  while (left != into.buckets.cend() || right != other.buckets.cend()) {
    if (right == other.buckets.cend() ||
        (left != into.buckets.cend() && left->first < right->first)) {
      both.push_back(*left++);
    } else if (left == into.buckets.cend() || right->first < left->first) {
      both.push_back(*right++);
    } else {
      both.emplace_back(left->first, left->second + right->second);
      ++left;
      ++right;
    }
  }
  into.buckets = std::move(both);
}

}  // namespace rtctl
