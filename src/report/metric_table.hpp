// The tables of the text report: each metric of a group with its percentiles.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/text.hpp"

namespace rtctl::report {

class MetricTable {
 public:
  /// One layout for all groups, so that their columns stand under each other: in the 80 columns
  /// that every terminal has, as long as no value is extraordinarily long.
  explicit MetricTable(const Summary& summary);

  /// Lines of head and rows; "" for a group without metrics.
  std::string render(const GroupSummary& group, const Paint& paint) const;

 private:
  using Row = std::vector<std::string>;

  static Row head();
  static Row row(const std::string& name, const Distribution& all);
  static std::vector<Row> rows(const GroupSummary& group);
  std::string line(const Row& row) const;

  std::vector<std::size_t> widths_;
  std::size_t gap_ = 2;
};

}  // namespace rtctl::report
