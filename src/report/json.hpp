// Reports as JSON.
#pragma once

#include <string>

#include "rtctl/summary.hpp"

namespace rtctl::report {

/// All there is, to be read back by parse_json (report/report.hpp).
std::string render_json(const Summary& summary);

/// One object a line: run, thresholds, seconds and groups; without buckets, for log pipelines.
std::string render_json_lines(const Summary& summary);

}  // namespace rtctl::report
