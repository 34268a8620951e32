// The report as CI systems read it.
#pragma once

#include <string>

#include "rtctl/summary.hpp"

namespace rtctl::report {

/// One test case per threshold, in one suite; what was measured stands in the failure.
std::string render_junit(const Summary& summary);

}  // namespace rtctl::report
