// Which part of the load one worker carries.
#pragma once

#include <cstdint>

namespace rtctl::engine {

/// Of everything that is numbered (users, arrivals) the numbers whose remainder by `count` is
/// `index`: an even part of every group, at every moment of its ramp.
struct Share {
  std::uint64_t index = 0;
  std::uint64_t count = 1;

  bool has(std::uint64_t number) const { return number % count == index; }
};

}  // namespace rtctl::engine
