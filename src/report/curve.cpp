#include "report/curve.hpp"

#include <algorithm>
#include <cmath>

#include "metrics/buckets.hpp"

namespace rtctl::report {
namespace {

constexpr double kTicksPerHalf = 5;

/// Where steps get finer than doubles can tell apart near 100, the curve ends.
constexpr double kLevelMax = 100 - 1e-9;

double next_level(double percent) {
  const double halvings = std::floor(std::log2(100 / (100 - percent))) + 1;
  return percent + 100 / (kTicksPerHalf * std::exp2(halvings));
}

}  // namespace

std::vector<CurvePoint> percentile_curve(const Distribution& distribution) {
  std::vector<CurvePoint> curve;
  if (distribution.count == 0) return curve;
  const auto count = static_cast<double>(distribution.count);
  double level = 0;
  std::uint64_t seen = 0;
  for (const auto& [bucket, samples] : distribution.buckets) {
    seen += samples;
    const std::uint64_t high = (metrics::bucket_high(bucket) + 1) * distribution.scale - 1;
    const std::uint64_t value = std::clamp(high, distribution.min, distribution.max);
    while (level < kLevelMax && 100 * static_cast<double>(seen) / count >= level) {
      curve.push_back({value, level / 100, seen});
      level = next_level(level);
      if (seen == distribution.count) break;  // one step of the last bucket, as HdrHistogram has it
    }
  }
  curve.push_back({distribution.max, 1, distribution.count});
  return curve;
}

}  // namespace rtctl::report
