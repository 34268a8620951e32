// Where the result of a bench goes.
#pragma once

#include <string>
#include <vector>

#include "rtctl/result.hpp"
#include "rtctl/summary.hpp"

namespace rtctl::cli {

/// Whether the path says in which format to write: by its ending, or "-" for the text on stdout.
Result<void> check_report_path(const std::string& path);

/// Whether the file can be written there: better known before hours of load than after.
Result<void> check_report_place(const std::string& path);

/// The text for people on stdout, and each path in the format its ending names ("-" is that text).
/// All are tried; the first failure is returned.
Result<void> write_reports(const Summary& summary, const std::vector<std::string>& paths,
                           bool has_color);

}  // namespace rtctl::cli
