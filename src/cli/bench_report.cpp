#include "cli/bench_report.hpp"

#include "base/file.hpp"
#include "report/report.hpp"

namespace rtctl::cli {

Result<void> check_report_path(const std::string& path) {
  if (path == "-") return {};
  const auto format = report::format_of_path(path);
  if (!format) return tl::unexpected(format.error());
  return {};
}

Result<void> check_report_place(const std::string& path) {
  return path == "-" ? Result<void>() : check_replaceable(path);
}

Result<void> write_reports(const Summary& summary, const std::vector<std::string>& paths,
                           bool has_color) {
  const auto colors = has_color ? report::Colors::ansi : report::Colors::none;
  Result<void> result =
      report::write_text(report::render(summary, report::Format::text, colors), "-");
  for (const std::string& path : paths) {
    if (path == "-") continue;  // the text is there already
    const auto format = report::format_of_path(path);
    const Result<void> written =
        format ? report::write(summary, *format, path) : tl::unexpected(format.error());
    if (!written && result) result = written;
  }
  return result;
}

}  // namespace rtctl::cli
