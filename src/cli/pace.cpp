#include "cli/pace.hpp"

#include <algorithm>

namespace rtctl::cli {

TimePoint Pace::next_after(TimePoint moment, Random& random) const {
  if (options_.interval <= Duration::zero()) return moment;
  const auto passed = (moment - start_) / options_.interval;
  const TimePoint planned = start_ + (passed + 1) * options_.interval;
  const double spread = static_cast<double>(options_.interval.count()) * options_.jitter;
  const auto moved = static_cast<std::int64_t>((2 * uniform(random) - 1) * spread);
  return std::max(moment, planned + Duration(moved));
}

TimePoint Pace::after_success(TimePoint now, Random& random) {
  failures_ = 0;
  return next_after(now, random);
}

std::optional<TimePoint> Pace::after_failure(TimePoint now, std::optional<Duration> retry_after,
                                             Random& random) {
  ++failures_;
  if (options_.max_retries && failures_ > *options_.max_retries) return std::nullopt;
  const Duration wait =
      backoff_delay(options_.backoff, failures_, {.retry_after = retry_after}, random);
  return std::max(now + wait, next_after(now, random));
}

}  // namespace rtctl::cli
