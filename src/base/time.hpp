// The two clocks' types, named once. Durations and latencies use the steady clock, through
// Loop::now(); the wall clock is for what people and other machines read.
#pragma once

#include <chrono>

namespace rtctl {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

}  // namespace rtctl
