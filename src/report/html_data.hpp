// What the script of the HTML report draws.
#pragma once

#include <string>

#include "rtctl/summary.hpp"

namespace rtctl::report {

/// JSON, safe inside a script element: per group its time series and the curve of each metric.
std::string chart_data(const Summary& summary);

}  // namespace rtctl::report
