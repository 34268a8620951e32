// The steps of a percentile plot.
#pragma once

#include <cstdint>
#include <vector>

#include "rtctl/summary.hpp"

namespace rtctl::report {

struct CurvePoint {
  std::uint64_t value = 0;  ///< nanoseconds or bytes
  double quantile = 0;      ///< 0 to 1
  std::uint64_t count = 0;  ///< samples up to `value`
};

/// From the minimum to the maximum in steps that get finer towards it: five per halving of what is
/// left, as HdrHistogram's percentile iterator goes. Empty without samples.
std::vector<CurvePoint> percentile_curve(const Distribution& distribution);

}  // namespace rtctl::report
