#include "report/csv.hpp"

#include <fmt/format.h>

#include "metrics/measure.hpp"
#include "report/format.hpp"

namespace rtctl::report {
namespace {

/// RFC 4180: quotes where they are needed. A leading =, +, - or @ would be a formula to a
/// spreadsheet, so it gets an apostrophe before it.
std::string field(std::string_view text) {
  std::string safe(text);
  if (!safe.empty() && std::string_view("=+-@").find(safe.front()) != std::string_view::npos)
    safe.insert(0, "'");
  if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char c : safe) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

class Rows {
 public:
  explicit Rows(const GroupSummary& group)
      : prefix_(fmt::format("{},{},", field(group.name), group.kind)) {}

  void add(std::string_view name, std::string_view aggregate, std::string_view unit, double value) {
    text_ += fmt::format("{}{},{},{},{}\n", prefix_, field(name), aggregate, unit, value);
  }
  void add_count(std::string_view name, std::string_view aggregate, std::string_view unit,
                 std::uint64_t value) {
    text_ += fmt::format("{}{},{},{},{}\n", prefix_, field(name), aggregate, unit, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string prefix_;
  std::string text_;
};

std::string rows_of(const GroupSummary& group) {
  Rows rows(group);
  for (const auto& [name, all] : group.metrics) {
    const std::string_view unit = name == "payload" ? "bytes" : "ns";
    rows.add_count(name, "count", "", all.count);
    rows.add_count(name, "min", unit, all.min);
    for (const Percentile& percentile : percentiles())
      rows.add_count(name, percentile.name, unit, quantile(all, percentile.q).value_or(0));
    rows.add_count(name, "max", unit, all.max);
    rows.add(name, "mean", unit, mean(all).value_or(0));
    rows.add(name, "stddev", unit, standard_deviation(all).value_or(0));
  }
  for (const auto& [name, value] : group.counters)
    rows.add_count(name, "count", name.starts_with("time_") ? "ns" : "", value);
  for (const ErrorCount& error : group.errors)
    rows.add_count("errors." + error.kind, "count", "", error.count);
  if (const auto rate = metrics::error_rate(group)) rows.add("errors", "rate", "share", *rate);
  if (const auto up = metrics::uptime(group)) rows.add("uptime", "", "share", *up);
  return rows.take();
}

}  // namespace

std::string render_csv(const Summary& summary) {
  std::string text = "group,kind,name,aggregate,unit,value\n";
  for (const GroupSummary& group : summary.groups)
    text += rows_of(group);
  return text + rows_of(summary.total);
}

}  // namespace rtctl::report
