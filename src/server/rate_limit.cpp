#include "server/rate_limit.hpp"

#include <algorithm>

namespace rtctl::server {

RateLimit::Bucket& RateLimit::bucket_of(std::string_view address, TimePoint now) {
  if (const auto found = buckets_.find(address); found != buckets_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return by_use_.front();
  }
  if (buckets_.size() >= kAddressesMax) {
    buckets_.erase(by_use_.back().address);
    by_use_.pop_back();
  }
  by_use_.push_front({std::string(address), capacity(), now});
  buckets_.emplace(by_use_.front().address, by_use_.begin());
  return by_use_.front();
}

std::optional<Duration> RateLimit::admit(std::string_view address, TimePoint now) {
  if (per_second_ <= 0) return std::nullopt;
  Bucket& bucket = bucket_of(address, now);
  const double elapsed = std::chrono::duration<double>(now - bucket.filled_at).count();
  bucket.tokens = std::min(capacity(), bucket.tokens + elapsed * per_second_);
  bucket.filled_at = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>((1 - bucket.tokens) / per_second_));
}

}  // namespace rtctl::server
