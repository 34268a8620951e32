// What happened when: the series of a group in a line of text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rtctl/summary.hpp"

namespace rtctl::report {

std::uint64_t count_in(const SeriesPoint& point, std::string_view counter);

/// Connections that were opened or failed to open in the point's time.
std::uint64_t connecting(const SeriesPoint& point);

/// A bar of eight heights for each value, the highest for the largest; more than `width` values are
/// averaged. "" for none.
std::string sparkline(const std::vector<double>& values, std::size_t width);

/// How connections came back after the first loss. Empty when nothing was tried after one.
struct Reconnections {
  std::string text;  ///< "20,114 attempts since second 25, most in second 26: 3,120/s"
  std::string bars;  ///< "█▅▃▂▁▁"
};
Reconnections reconnections(const GroupSummary& group);

}  // namespace rtctl::report
