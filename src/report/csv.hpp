// The report as a table for spreadsheets.
#pragma once

#include <string>

#include "rtctl/summary.hpp"

namespace rtctl::report {

/// One row per measured value: group,kind,name,aggregate,unit,value (RFC 4180, a header line).
std::string render_csv(const Summary& summary);

}  // namespace rtctl::report
