#include "report/metric_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "report/format.hpp"

namespace rtctl::report {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kTerminal = 80;  // columns that can be counted on

/// At most six characters, as times have.
std::string short_size(double bytes) {
  static constexpr std::array kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kNames.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f}{}", bytes, unit != 0 && bytes < 9.95 ? 1 : 0, kNames[unit]);
}

std::string cell(const std::string& metric, double value) {
  return metric == "payload" ? short_size(value) : value_text(metric, value);
}

}  // namespace

MetricTable::MetricTable(const Summary& summary) {
  const auto widen = [&](const Row& row) {
    widths_.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i)
      widths_[i] = std::max(widths_[i], width_of(row[i]));
  };
  widen(head());
  const auto widen_for = [&](const GroupSummary& group) {
    for (const Row& row : rows(group))
      widen(row);
  };
  for (const GroupSummary& group : summary.groups)
    widen_for(group);
  widen_for(summary.total);
  const std::size_t text = std::accumulate(widths_.begin(), widths_.end(), kIndent);
  if (text + gap_ * (widths_.size() - 1) > kTerminal) gap_ = 1;
}

std::string MetricTable::render(const GroupSummary& group, const Paint& paint) const {
  if (group.metrics.empty()) return "";
  std::string text = paint.dim(line(head())) + "\n";
  for (const Row& row : rows(group))
    text += line(row) + "\n";
  return text;
}

MetricTable::Row MetricTable::head() {
  Row row{"", "count", "min"};
  for (const Percentile& percentile : percentiles())
    row.emplace_back(percentile.name);
  row.insert(row.end(), {"max", "mean"});
  return row;
}

MetricTable::Row MetricTable::row(const std::string& name, const Distribution& all) {
  Row row{name, grouped(all.count), cell(name, static_cast<double>(all.min))};
  for (const Percentile& percentile : percentiles())
    row.push_back(cell(name, static_cast<double>(quantile(all, percentile.q).value_or(0))));
  row.push_back(cell(name, static_cast<double>(all.max)));
  row.push_back(cell(name, mean(all).value_or(0)));
  return row;
}

std::vector<MetricTable::Row> MetricTable::rows(const GroupSummary& group) {
  std::vector<Row> rows;
  for (const std::string& name : metric_order(group))
    rows.push_back(row(name, group.metrics.at(name)));
  return rows;
}

std::string MetricTable::line(const Row& row) const {
  std::string text = std::string(kIndent, ' ') + left(row.front(), widths_.front());
  for (std::size_t i = 1; i < row.size(); ++i)
    text += std::string(gap_, ' ') + right(row[i], widths_[i]);
  return text;
}

}  // namespace rtctl::report
