// rtctl report: render, merge, convert or compare saved results.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/file.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "report/compare.hpp"
#include "report/report.hpp"

namespace rtctl::cli {
namespace {

constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 30;  // hours of seconds, many groups

struct ReportCommand {
  std::vector<std::string> files;
  std::string format;
  std::vector<std::string> outputs;
  std::string fail_over;
  bool merges = false;
  bool compares = false;
  bool prints_schema = false;
};

/// Where a report goes and in which format.
struct Destination {
  std::string path;
  report::Format format;
};

Result<Summary> read_summary(const std::string& path) {
  const auto text = read_file(path, kFileBytesMax);
  if (!text) return tl::unexpected(text.error());
  return report::parse_json(*text, path);
}

Result<std::vector<Summary>> read_all(const std::vector<std::string>& paths) {
  if (std::count(paths.begin(), paths.end(), "-") > 1)
    return usage_error("stdin (\"-\") can be read only once");
  std::vector<Summary> summaries;
  for (const std::string& path : paths) {
    auto summary = read_summary(path);
    if (!summary) return tl::unexpected(summary.error());
    summaries.push_back(std::move(*summary));
  }
  return summaries;
}

Result<std::vector<Destination>> destinations(const ReportCommand& command) {
  std::vector<Destination> result;
  const std::vector<std::string> stdout_only{"-"};
  for (const std::string& path : command.outputs.empty() ? stdout_only : command.outputs) {
    const auto format = !command.format.empty() ? report::format_named(command.format)
                        : path == "-"           ? Result<report::Format>(report::Format::text)
                                                : report::format_of_path(path);
    if (!format) return tl::unexpected(format.error());
    result.push_back({path, *format});
  }
  return result;
}

report::Colors colors_for(const Destination& destination, const CommonOptions& common) {
  return destination.path == "-" && has_color(common.color, Stream::out) ? report::Colors::ansi
                                                                         : report::Colors::none;
}

Result<void> check_combination(const ReportCommand& command) {
  if (command.files.empty()) return usage_error("which file? Give the JSON report of a run");
  if (command.merges && command.compares)
    return usage_error("--merge and --compare exclude each other");
  if (command.compares && command.files.size() != 2)
    return usage_error(fmt::format("--compare takes two files, not {}", command.files.size()));
  if (!command.compares && !command.merges && command.files.size() > 1)
    return usage_error("several files need --merge (one result) or --compare (b against a)");
  if (!command.fail_over.empty() && !command.compares)
    return usage_error("--fail-over goes with --compare");
  return {};
}

int run_comparison(const ReportCommand& command, const CommonOptions& common,
                   const std::vector<Summary>& summaries,
                   const std::vector<Destination>& destinations) {
  std::optional<double> fail_over;
  if (!command.fail_over.empty()) {
    const auto share = parse_share(command.fail_over);
    if (!share) return print_error(share.error());
    fail_over = *share;
  }
  const report::Comparison comparison = report::compare(summaries[0], summaries[1]);
  for (const Destination& destination : destinations) {
    if (destination.format != report::Format::text && destination.format != report::Format::json)
      return print_error({ErrorKind::usage, "a comparison is written as text or json"});
    const std::string content = destination.format == report::Format::json
                                    ? report::render_comparison_json(comparison, fail_over)
                                    : report::render_comparison_text(
                                          comparison, fail_over, colors_for(destination, common));
    if (const auto written = report::write_text(content, destination.path); !written)
      return print_error(written.error());
  }
  const bool failed = fail_over && std::any_of(comparison.changes.begin(), comparison.changes.end(),
                                               [&](const report::Change& change) {
                                                 return change.is_worse_by(*fail_over);
                                               });
  return failed ? exit_thresholds : exit_ok;
}

int run_report(const ReportCommand& command, const CommonOptions& common) {
  if (command.prints_schema) {
    const auto written = report::write_text(report::schema(), "-");
    return written ? exit_ok : print_error(written.error());
  }
  if (const auto good = check_combination(command); !good) return print_error(good.error());
  const auto where = destinations(command);
  if (!where) return print_error(where.error());
  auto summaries = read_all(command.files);
  if (!summaries) return print_error(summaries.error());
  if (command.compares) return run_comparison(command, common, *summaries, *where);
  Summary& whole = summaries->front();
  for (std::size_t i = 1; i < summaries->size(); ++i) {
    if (const auto merged = merge(whole, (*summaries)[i]); !merged) {
      return print_error(
          {merged.error().kind, fmt::format("{}: {}", command.files[i], merged.error().message)});
    }
  }
  for (const Destination& destination : *where) {
    const std::string content =
        report::render(whole, destination.format, colors_for(destination, common));
    if (const auto written = report::write_text(content, destination.path); !written)
      return print_error(written.error());
  }
  return exit_ok;
}

}  // namespace

void setup_report(CLI::App& app, CommonOptions& common, std::function<int()>& chosen) {
  CLI::App& sub = *app.add_subcommand("report", "Render, merge, convert or compare saved results");
  const auto command = std::make_shared<ReportCommand>();
  sub.add_option("FILE", command->files, "JSON reports of rtctl bench (- is stdin)")->type_name("");
  sub.add_option("--format", command->format, "Format, unless the end of --out says it")
      ->check(CLI::IsMember(report::format_names()));
  sub.add_option("--out", command->outputs,
                 "Write here instead of to stdout; may be repeated (- is stdout)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  sub.add_flag("--merge", command->merges, "Make one result of several, exactly");
  sub.add_flag("--compare", command->compares, "Show the second file against the first");
  sub.add_option("--fail-over", command->fail_over,
                 "With --compare: exit 99 when something got worse by more than this")
      ->type_name("SHARE");
  sub.add_flag("--schema", command->prints_schema, "Print the JSON Schema of JSON reports");
  sub.footer(
      "  rtctl report run.json --out run.html --out run.xml\n"
      "  rtctl report host1.json host2.json --merge --out all.json\n"
      "  rtctl report main.json branch.json --compare --fail-over 10%");
  sub.callback([&chosen, &common, command] {
    chosen = [command, &common] { return run_report(*command, common); };
  });
}

}  // namespace rtctl::cli
