// One run against another, metric by metric.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metrics/measure.hpp"
#include "report/report.hpp"

namespace rtctl::report {

/// One measured value in both runs.
struct Change {
  std::string group;
  std::string measure;  ///< "delivery.p99", "errors.rate"
  metrics::Unit unit = metrics::Unit::count;
  double before = 0;
  double after = 0;
  /// (after - before) / before; nullopt when it was 0 and is not any more.
  std::optional<double> relative = 0;
  /// Which direction is worse; shown only: neither is.
  enum class Worse { higher, lower, neither } worse = Worse::neither;

  /// Whether it got worse by more than the share, and by more than histograms can tell.
  bool is_worse_by(double share) const;
};

struct Comparison {
  std::vector<Change> changes;
  std::vector<std::string> notes;  ///< groups that only one run has
};

/// Quantiles of every metric, error rate, losses, rates and uptime of every group in both, and of
/// the total when there are several groups.
Comparison compare(const Summary& before, const Summary& after);

/// `fail_over` marks what got worse by more than that share.
std::string render_comparison_text(const Comparison& comparison, std::optional<double> fail_over,
                                   Colors colors);
std::string render_comparison_json(const Comparison& comparison, std::optional<double> fail_over);

}  // namespace rtctl::report
