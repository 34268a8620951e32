// How many requests a second one remote address may send.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"

namespace rtctl::server {

/// A token bucket per address that holds one second's worth. Knows at most `kAddressesMax`
/// addresses and forgets the one unseen longest, so that nobody can fill the memory by spreading
/// over addresses. Not thread-safe.
class RateLimit {
 public:
  static constexpr std::size_t kAddressesMax = 100'000;

  /// 0 per second: no limit.
  explicit RateLimit(double per_second) : per_second_(per_second) {}

  /// Counts one request; nullopt when it may pass, else how long the address should wait.
  std::optional<Duration> admit(std::string_view address, TimePoint now);

  std::size_t addresses() const { return buckets_.size(); }

 private:
  struct Bucket {
    std::string address;
    double tokens;
    TimePoint filled_at;
  };

  double capacity() const { return per_second_ < 1 ? 1 : per_second_; }
  Bucket& bucket_of(std::string_view address, TimePoint now);

  double per_second_;
  std::list<Bucket> by_use_;  // newest first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator>
      buckets_;  // keys view into by_use_
};

}  // namespace rtctl::server
