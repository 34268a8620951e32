// Which values share a histogram bucket: log-linear, as in HdrHistogram (hdrhistogram.org).
// The first 2048 units have a bucket each; after that every doubling has 1024, so a bucket is never
// wider than 1/1024 of its values: 3 significant digits.
#pragma once

#include <bit>
#include <cstdint>

namespace rtctl::metrics {

inline constexpr std::uint32_t kHalf = 1024;  ///< buckets per doubling
inline constexpr std::uint32_t kRanges = 23;  ///< two linear halves and 21 doublings
inline constexpr std::uint64_t kUnitsMax = (std::uint64_t{1} << 32) - 1;  ///< last unit in a bucket
inline constexpr std::uint32_t kBuckets = kHalf * kRanges;

/// The bucket of a value in units; `units` is at most kUnitsMax.
constexpr std::uint32_t bucket_of(std::uint64_t units) {
  if (units < 2 * kHalf) return static_cast<std::uint32_t>(units);
  const int shift = std::bit_width(units) - 11;  // leaves 1024..2047
  return static_cast<std::uint32_t>(shift) * kHalf + static_cast<std::uint32_t>(units >> shift);
}

/// Smallest and largest value of a bucket, in units.
constexpr std::uint64_t bucket_low(std::uint32_t bucket) {
  if (bucket < 2 * kHalf) return bucket;
  const std::uint32_t shift = bucket / kHalf - 1;
  return static_cast<std::uint64_t>(bucket - shift * kHalf) << shift;
}
constexpr std::uint64_t bucket_high(std::uint32_t bucket) {
  const std::uint32_t shift = bucket < 2 * kHalf ? 0 : bucket / kHalf - 1;
  return bucket_low(bucket) + (std::uint64_t{1} << shift) - 1;
}

}  // namespace rtctl::metrics
