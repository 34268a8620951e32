// The histogram of the hot path.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/time.hpp"
#include "metrics/buckets.hpp"
#include "rtctl/summary.hpp"

namespace rtctl::metrics {

/// Log-linear histogram with 3 significant digits. Times: 1 us to 1 h (71 minutes in fact); other
/// values up to 2^32 scales. Empty it is some 250 bytes; a range of values costs 8 KiB when it is
/// first used, all ranges 184 KiB. Recording allocates only then. Minimum, maximum and sum are
/// exact. Not thread-safe: one per worker, merged after.
class Histogram {
 public:
  /// `scale` is the width of the finest bucket: 1000 ns for times, 1 for bytes.
  explicit Histogram(std::uint64_t scale = 1000) : scale_(scale) {}

  /// Negative times count as 0.
  void record(Duration latency) {
    record_value(static_cast<std::uint64_t>(latency.count() > 0 ? latency.count() : 0));
  }
  void record_value(std::uint64_t value);

  /// Exact: the result is what recording all samples here would have given. Same scale only.
  void merge(const Histogram& other);
  void merge(const Distribution& other);

  /// Forgets the samples, keeps the memory.
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t overflow() const { return overflow_; }
  bool empty() const { return count_ == 0; }
  std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  std::uint64_t max() const { return max_; }

  /// As quantile(Distribution); nullopt when empty.
  std::optional<std::uint64_t> quantile(double q) const;

  /// The compact form that travels and is stored.
  Distribution distribution() const;

  std::size_t memory_bytes() const;

 private:
  using Range = std::array<std::uint64_t, kHalf>;

  Range& range_at(std::uint32_t index);

  std::array<std::unique_ptr<Range>, kRanges> ranges_;
  std::uint64_t scale_;
  std::uint64_t count_ = 0;
  std::uint64_t overflow_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
};

}  // namespace rtctl::metrics
