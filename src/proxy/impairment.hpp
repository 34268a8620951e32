// What is wrong with a network path.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace rtctl::proxy {

/// Every value's zero means "not impaired". Times and byte counts are those of one connection.
struct Impairment {
  Duration latency{};           ///< added to each direction
  Duration jitter{};            ///< latency varies by up to this much either way; the order stays
  std::uint64_t bandwidth = 0;  ///< bytes per second and direction
  Duration slow_open{};         ///< between accepting a connection and opening the one upstream
  Duration stall_every{}, stall{};  ///< every so often nothing moves for so long
  Duration cut_every{};  ///< the connection breaks after 0.5 to 1.5 times this, so that not all
                         ///< break at once
  std::uint64_t cut_after = 0;  ///< the connection breaks after so many bytes from upstream
  bool reset = false;           ///< break with a RST instead of an orderly end
  std::uint64_t segment = 0;    ///< bytes passed on at once, at most
  double refuse = 0;            ///< share of connections that are reset at once
};

}  // namespace rtctl::proxy
