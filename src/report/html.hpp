// The report as one page that needs nothing else.
#pragma once

#include <string>

#include "rtctl/summary.hpp"

namespace rtctl::report {

/// Self-contained: charts, styles and figures in one file; light and dark; works without a network.
std::string render_html(const Summary& summary);

}  // namespace rtctl::report
