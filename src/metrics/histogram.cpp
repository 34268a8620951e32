#include "metrics/histogram.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace rtctl::metrics {

Histogram::Range& Histogram::range_at(std::uint32_t index) {
  auto& range = ranges_[index];
  if (!range) range = std::make_unique<Range>();
  return *range;
}

void Histogram::record_value(std::uint64_t value) {
  ++count_;
  sum_ += value;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  // The constant lets the compiler divide by multiplying; times are nearly all there is.
  const std::uint64_t units = scale_ == 1000 ? value / 1000 : value / scale_;
  if (units > kUnitsMax) {
    ++overflow_;
    return;
  }
  const std::uint32_t bucket = bucket_of(units);
  ++range_at(bucket / kHalf)[bucket % kHalf];
}

void Histogram::merge(const Histogram& other) {
  RTCTL_CHECK(scale_ == other.scale_);
  if (other.empty()) return;
  count_ += other.count_;
  overflow_ += other.overflow_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  for (std::uint32_t i = 0; i < kRanges; ++i) {
    if (!other.ranges_[i]) continue;
    Range& into = range_at(i);
    for (std::uint32_t j = 0; j < kHalf; ++j)
      into[j] += (*other.ranges_[i])[j];
  }
}

void Histogram::merge(const Distribution& other) {
  RTCTL_CHECK(scale_ == other.scale);
  if (other.count == 0) return;
  count_ += other.count;
  overflow_ += other.overflow;
  sum_ += other.sum;
  min_ = std::min(min_, other.min);
  max_ = std::max(max_, other.max);
  for (const auto& [bucket, samples] : other.buckets) {
    RTCTL_CHECK(bucket < kBuckets);
    range_at(bucket / kHalf)[bucket % kHalf] += samples;
  }
}

void Histogram::clear() {
  if (empty()) return;
  for (auto& range : ranges_) {
    if (range) range->fill(0);
  }
  count_ = overflow_ = sum_ = max_ = 0;
  min_ = UINT64_MAX;
}

std::optional<std::uint64_t> Histogram::quantile(double q) const {
  return rtctl::quantile(distribution(), q);
}

Distribution Histogram::distribution() const {
  Distribution result{.scale = scale_,
                      .count = count_,
                      .overflow = overflow_,
                      .sum = sum_,
                      .min = min(),
                      .max = max_};
  if (empty()) return result;
  for (std::uint32_t i = 0; i < kRanges; ++i) {
    if (!ranges_[i]) continue;
    for (std::uint32_t j = 0; j < kHalf; ++j) {
      if (const std::uint64_t samples = (*ranges_[i])[j]; samples != 0)
        result.buckets.emplace_back(i * kHalf + j, samples);
    }
  }
  return result;
}

std::size_t Histogram::memory_bytes() const {
  const auto used = std::count_if(ranges_.begin(), ranges_.end(),
                                  [](const auto& range) { return range != nullptr; });
  return sizeof(*this) + static_cast<std::size_t>(used) * sizeof(Range);
}

}  // namespace rtctl::metrics
