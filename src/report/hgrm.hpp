// HdrHistogram's percentile format, which its plotter and many tools read.
#pragma once

#include <string>

#include "rtctl/summary.hpp"

namespace rtctl::report {

/// One table per metric of each group and of the total (times in ms, sizes in bytes), each headed
/// by a line "# group metric unit".
std::string render_hgrm(const Summary& summary);

}  // namespace rtctl::report
