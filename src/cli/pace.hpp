// When a command that polls asks again: on its schedule, later after failures.
#pragma once

#include <cstdint>
#include <optional>

#include "base/backoff.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

namespace rtctl::cli {

struct PaceOptions {
  Duration interval = std::chrono::seconds(5);
  double jitter = 0;  ///< share of the interval by which each instant moves, either way
  BackoffPolicy backoff;
  std::optional<std::uint32_t> max_retries;  ///< failures in a row to bear; unset: any number
};

/// Instants lie on start + n * interval, however long answers take; those that have passed are left
/// out. Pure: time and chance are handed in.
class Pace {
 public:
  Pace(const PaceOptions& options, TimePoint start) : options_(options), start_(start) {}

  /// The next instant of the schedule after `now`.
  TimePoint after_success(TimePoint now, Random& random);

  /// The same, but not before the backoff and what the server asked for have passed; nullopt when
  /// the retries are used up.
  std::optional<TimePoint> after_failure(TimePoint now, std::optional<Duration> retry_after,
                                         Random& random);

  std::uint32_t failures() const { return failures_; }

 private:
  TimePoint next_after(TimePoint moment, Random& random) const;

  PaceOptions options_;
  TimePoint start_;
  std::uint32_t failures_ = 0;  // in a row
};

}  // namespace rtctl::cli
