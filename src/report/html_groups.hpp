// What the HTML report says of each group: its counts and a table of its metrics.
#pragma once

#include <string>

#include "rtctl/summary.hpp"

namespace rtctl::report {

/// One section per group, and one for all when there are several.
std::string group_sections(const Summary& summary);

}  // namespace rtctl::report
