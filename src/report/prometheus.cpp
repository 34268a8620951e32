#include "report/prometheus.hpp"

#include <fmt/format.h>

#include <cctype>
#include <map>

#include "metrics/measure.hpp"
#include "report/format.hpp"

namespace rtctl::report {
namespace {

/// A label's value, escaped as the text format wants it.
std::string label(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

/// Metric names are [a-zA-Z0-9_]; names of later versions might not be.
std::string safe_name(std::string_view text) {
  std::string result;
  for (const char c : text)
    result += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return result;
}

/// One family: its samples must stand together, under one TYPE line.
class Families {
 public:
  void add(const std::string& family, std::string_view type, const std::string& sample,
           const std::string& labels, double value) {
    auto& [text, known_type] = families_[family];
    known_type = type;
    text += fmt::format("{}{{{}}} {}\n", sample, labels, value);
  }
  std::string take() const {
    std::string text;
    for (const auto& [family, content] : families_)
      text += fmt::format("# TYPE {} {}\n{}", family, content.second, content.first);
    return text;
  }

 private:
  std::map<std::string, std::pair<std::string, std::string>> families_;
};

void add_metric(Families& families, const std::string& group, const std::string& name,
                const Distribution& all) {
  const bool bytes = name == "payload";
  const double unit = bytes ? 1 : 1e9;
  const std::string family =
      fmt::format("rtctl_{}_{}", safe_name(name), bytes ? "bytes" : "seconds");
  for (const Percentile& percentile : percentiles()) {
    families.add(family, "summary", family, fmt::format("{},quantile=\"{}\"", group, percentile.q),
                 static_cast<double>(quantile(all, percentile.q).value_or(0)) / unit);
  }
  families.add(family, "summary", family + "_sum", group, static_cast<double>(all.sum) / unit);
  families.add(family, "summary", family + "_count", group, static_cast<double>(all.count));
}

void add_group(Families& families, const GroupSummary& summary) {
  const std::string group =
      fmt::format("group=\"{}\",kind=\"{}\"", label(summary.name), label(summary.kind));
  for (const auto& [name, all] : summary.metrics)
    add_metric(families, group, name, all);
  for (const auto& [name, count] : summary.counters) {
    const bool time = name.starts_with("time_");
    const bool level = name == "users" || name == "connections_open";
    const std::string family = fmt::format("rtctl_{}{}", safe_name(name),
                                           level  ? "_max"
                                           : time ? "_seconds_total"
                                                  : "_total");
    families.add(family, level ? "gauge" : "counter", family, group,
                 static_cast<double>(count) / (time ? 1e9 : 1));
  }
  for (const ErrorCount& error : summary.errors)
    families.add("rtctl_errors_total", "counter", "rtctl_errors_total",
                 fmt::format("{},error=\"{}\"", group, label(error.kind)),
                 static_cast<double>(error.count));
  if (const auto up = metrics::uptime(summary))
    families.add("rtctl_uptime_ratio", "gauge", "rtctl_uptime_ratio", group, *up);
}

}  // namespace

std::string render_prometheus(const Summary& summary) {
  Families families;
  const std::string run =
      fmt::format("scenario=\"{}\",target=\"{}\"", label(summary.name), label(summary.target));
  families.add("rtctl_run_duration_seconds", "gauge", "rtctl_run_duration_seconds", run,
               seconds_of(summary));
  families.add("rtctl_run_passed", "gauge", "rtctl_run_passed", run, passed(summary) ? 1 : 0);
  for (const ThresholdResult& result : summary.results)
    families.add("rtctl_threshold_passed", "gauge", "rtctl_threshold_passed",
                 fmt::format("check=\"{}\"", label(result.check)), result.passed ? 1 : 0);
  // Without the total: sums over groups would count everything twice.
  for (const GroupSummary& group : summary.groups)
    add_group(families, group);
  return families.take();
}

}  // namespace rtctl::report
