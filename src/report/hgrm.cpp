#include "report/hgrm.hpp"

#include <fmt/format.h>

#include "metrics/buckets.hpp"
#include "report/curve.hpp"
#include "report/format.hpp"

namespace rtctl::report {
namespace {

void write_table(const Distribution& all, double unit, std::string& out) {
  out += fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount",
                     "1/(1-Percentile)");
  for (const CurvePoint& point : percentile_curve(all)) {
    out += fmt::format("{:12.3f} {:2.12f} {:10}", static_cast<double>(point.value) / unit,
                       point.quantile, point.count);
    out += point.quantile < 1 ? fmt::format(" {:14.2f}\n", 1 / (1 - point.quantile)) : "\n";
  }
  out += fmt::format("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n", *mean(all) / unit,
                     *standard_deviation(all) / unit);
  out += fmt::format("#[Max     = {:12.3f}, Total count    = {:12}]\n",
                     static_cast<double>(all.max) / unit, all.count);
  out += fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n", metrics::kRanges - 1,
                     2 * metrics::kHalf);
}

void write_group(const GroupSummary& group, std::string& out) {
  for (const auto& [name, all] : group.metrics) {
    if (all.count == 0) continue;
    const bool bytes = name == "payload";
    if (!out.empty()) out += '\n';
    out += fmt::format("# {} {} {}\n", printable(group.name), name, bytes ? "bytes" : "ms");
    write_table(all, bytes ? 1 : 1e6, out);
  }
}

}  // namespace

std::string render_hgrm(const Summary& summary) {
  std::string text;
  for (const GroupSummary& group : summary.groups)
    write_group(group, text);
  if (summary.groups.size() != 1) write_group(summary.total, text);
  return text;
}

}  // namespace rtctl::report
