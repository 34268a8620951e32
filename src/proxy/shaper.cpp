#include "proxy/shaper.hpp"

#include <algorithm>

namespace rtctl::proxy {
namespace {

Duration seconds_of(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

Duration varied(Duration latency, Duration jitter, Random& random) {
  const double part = 2 * uniform(random) - 1;
  const Duration varied =
      latency + Duration(static_cast<std::int64_t>(part * static_cast<double>(jitter.count())));
  return std::max(varied, Duration::zero());
}

}  // namespace

TimePoint Shaper::release(std::size_t bytes, TimePoint now, Random& random) {
  TimePoint time = now;
  if (impairment_.bandwidth > 0) {
    link_free_at_ =
        std::max(link_free_at_, now) +
        seconds_of(static_cast<double>(bytes) / static_cast<double>(impairment_.bandwidth));
    time = link_free_at_;
  }
  time = after_stall(time + varied(impairment_.latency, impairment_.jitter, random));
  last_release_ = std::max(last_release_, time);
  return last_release_;
}

TimePoint Shaper::after_stall(TimePoint time) const {
  const Duration every = impairment_.stall_every;
  if (every <= Duration::zero() || time < opened_ + every) return time;
  const Duration into = (time - opened_) % every;
  return into < impairment_.stall ? time + (impairment_.stall - into) : time;
}

}  // namespace rtctl::proxy
