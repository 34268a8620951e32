// The report as Prometheus text, for a textfile collector or a push gateway.
#pragma once

#include <string>

#include "rtctl/summary.hpp"

namespace rtctl::report {

/// Metric names begin with rtctl_; times are seconds.
std::string render_prometheus(const Summary& summary);

}  // namespace rtctl::report
