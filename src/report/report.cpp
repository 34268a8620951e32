#include "report/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/file.hpp"
#include "metrics/join.hpp"
#include "report/csv.hpp"
#include "report/hgrm.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/junit.hpp"
#include "report/prometheus.hpp"
#include "report/text.hpp"

namespace rtctl::report {
namespace {

struct Kind {
  std::string_view name;
  std::string_view ending;
  Format format;
};

constexpr std::array kKinds{
    Kind{"text", ".txt", Format::text},        Kind{"json", ".json", Format::json},
    Kind{"jsonl", ".jsonl", Format::jsonl},    Kind{"csv", ".csv", Format::csv},
    Kind{"html", ".html", Format::html},       Kind{"junit", ".xml", Format::junit},
    Kind{"prom", ".prom", Format::prometheus}, Kind{"hgrm", ".hgrm", Format::hgrm}};

Result<void> write_stdout(std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    // Nobody reads any more: that is the reader's decision, not a failure.
    if (written < 0 && errno == EPIPE) return {};
    if (written < 0)
      return fail(ErrorKind::system,
                  fmt::format("cannot write to stdout: {}", std::strerror(errno)));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds)
    names.emplace_back(kind.name);
  return names;
}

Result<Format> format_named(std::string_view name) {
  for (const Kind& kind : kKinds) {
    if (kind.name == name) return kind.format;
  }
  return usage_error(
      fmt::format("unknown format \"{}\"; allowed are {}", name, metrics::join(format_names())));
}

Result<Format> format_of_path(std::string_view path) {
  for (const Kind& kind : kKinds) {
    if (path.ends_with(kind.ending)) return kind.format;
  }
  std::vector<std::string> endings;
  for (const Kind& kind : kKinds)
    endings.emplace_back(kind.ending);
  return usage_error(fmt::format("\"{}\" does not say its format; end it in one of {}", path,
                                 metrics::join(endings)));
}

std::string render(const Summary& summary, Format format, Colors colors) {
  switch (format) {
    case Format::text:
      return render_text(summary, colors);
    case Format::json:
      return render_json(summary);
    case Format::jsonl:
      return render_json_lines(summary);
    case Format::csv:
      return render_csv(summary);
    case Format::html:
      return render_html(summary);
    case Format::junit:
      return render_junit(summary);
    case Format::prometheus:
      return render_prometheus(summary);
    case Format::hgrm:
      break;
  }
  return render_hgrm(summary);
}

Result<void> write(const Summary& summary, Format format, const std::string& path) {
  return write_text(render(summary, format), path);
}

Result<void> write_text(std::string_view content, const std::string& path) {
  return path == "-" ? write_stdout(content) : replace_file(path, content);
}

}  // namespace rtctl::report
