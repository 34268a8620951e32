// The points of a series over time: how they add up when a run lasts for days, and when runs merge.
#pragma once

#include <cstdint>
#include <vector>

#include "rtctl/summary.hpp"

namespace rtctl::metrics {

/// Appends what was recorded after all that is in `series`. Points whose second falls into the same
/// `step` seconds become one: counts add up, levels are the later ones, quantiles the larger ones.
void append(std::vector<SeriesPoint>& series, SeriesPoint point, std::uint32_t step);

/// The same series in points of `step` seconds, at least those that it had.
std::vector<SeriesPoint> coarser(std::vector<SeriesPoint> series, std::uint32_t step);

/// The longest of its points; 1 when there are none.
std::uint32_t step_of(const std::vector<SeriesPoint>& series);

/// Two runs, or two parts of one, that went on side by side: points of the same second add up,
/// levels too. The steps become the coarser ones of the two.
std::vector<SeriesPoint> side_by_side(std::vector<SeriesPoint> one, std::vector<SeriesPoint> other);

}  // namespace rtctl::metrics
