// Where the result of a bench goes.
#pragma once

#include <string>
#include <vector>

#include "rtctl/result.hpp"
#include "rtctl/summary.hpp"

namespace rtctl::cli {

/// Whether a file of that name can be written as a report: known before hours of load are.
Result<void> check_report_path(const std::string& path);

/// The text for people on stdout, and each path in the format its ending names. All are tried; the
/// first failure is returned.
Result<void> write_reports(const Summary& summary, const std::vector<std::string>& paths,
                           bool has_color);

}  // namespace rtctl::cli
