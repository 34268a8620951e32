#include "engine/schedule.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace rtctl::engine {
namespace {

__extension__ using Wide = __int128;  // nanoseconds times an index outgrow 64 bits

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double arrivals_in(const Stage& stage) {
  return seconds(stage.length) * (stage.from_per_second + stage.to_per_second) / 2;
}

/// Where inside the stage its `count`-th arrival is: the solution of from*t + slope*t^2/2 = count,
/// in the form that neither divides by a slope of 0 nor cancels.
Duration inside(const Stage& stage, double count) {
  const double slope = (stage.to_per_second - stage.from_per_second) / seconds(stage.length);
  const double root =
      std::sqrt(std::max(0.0, stage.from_per_second * stage.from_per_second + 2 * slope * count));
  const double divisor = stage.from_per_second + root;
  if (divisor <= 0) return Duration(0);
  return Duration(std::llround(2 * count / divisor * 1e9));
}

std::uint64_t mixed(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

}  // namespace

Duration user_start(Duration ramp_up, std::uint64_t index, std::uint64_t users) {
  RTCTL_CHECK(users > 0);
  return Duration(static_cast<Duration::rep>(Wide{ramp_up.count()} * index / users));
}

Duration interval_start(Duration interval, double jitter, std::uint64_t round, double chance) {
  const auto moved = static_cast<double>(interval.count()) * jitter * (2 * chance - 1);
  const auto grid = interval * static_cast<Duration::rep>(round);
  return std::max(Duration(0), grid + Duration(static_cast<Duration::rep>(moved)));
}

Duration interval_phase(Duration interval, std::uint64_t index, std::uint64_t users) {
  return user_start(interval, index, users);
}

double arrivals_in(const std::vector<Stage>& stages) {
  double sum = 0;
  for (const Stage& stage : stages)
    sum += arrivals_in(stage);
  return sum;
}

Duration arrival_at(const std::vector<Stage>& stages, double count) {
  Duration begin{};
  for (const Stage& stage : stages) {
    const double planned = arrivals_in(stage);
    if (count < planned) return begin + inside(stage, count);
    count -= planned;
    begin += stage.length;
  }
  return Duration::max();
}

ArrivalSchedule::Arrival ArrivalSchedule::next() {
  const std::uint64_t index = index_++;
  if (arrivals_ == Group::Arrivals::constant)
    return {index, arrival_at(stages_, static_cast<double>(index))};
  count_ -= std::log1p(-chance(seed_, 0, index));  // exponential with mean 1
  return {index, arrival_at(stages_, count_)};
}

double chance(std::uint64_t seed, std::uint64_t user, std::uint64_t draw) {
  const std::uint64_t bits = mixed(mixed(mixed(seed) ^ user) ^ draw);
  return static_cast<double>(bits >> 11U) * 0x1.0p-53;
}

Duration drawn(const DurationRange& range, double chance) {
  const auto width = static_cast<double>((range.max - range.min).count());
  return range.min + Duration(static_cast<Duration::rep>(width * chance));
}

}  // namespace rtctl::engine
