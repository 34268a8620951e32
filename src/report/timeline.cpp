#include "report/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "report/format.hpp"

namespace rtctl::report {
namespace {

constexpr std::size_t kBars = 60;  // a line of a report stays within a terminal's width

double per_second(const SeriesPoint& point) {
  return static_cast<double>(connecting(point)) / std::max(1U, point.seconds);
}

bool has_loss(const SeriesPoint& point) {
  return count_in(point, "connections_closed") + count_in(point, "connections_failed") > 0;
}

}  // namespace

std::uint64_t count_in(const SeriesPoint& point, std::string_view counter) {
  const auto found = point.counters.find(std::string(counter));
  return found == point.counters.end() ? 0 : found->second;
}

std::uint64_t connecting(const SeriesPoint& point) {
  return count_in(point, "connections_opened") + count_in(point, "connections_failed");
}

std::string sparkline(const std::vector<double>& values, std::size_t width) {
  static constexpr std::array<std::string_view, 8> kHeights{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.empty()) return "";
  const std::size_t each = (values.size() + width - 1) / width;
  std::vector<double> bars;
  for (std::size_t begin = 0; begin < values.size(); begin += each) {
    const std::size_t end = std::min(begin + each, values.size());
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to = values.begin() + static_cast<std::ptrdiff_t>(end);
    bars.push_back(std::accumulate(from, to, 0.0) / static_cast<double>(end - begin));
  }
  const double highest = *std::max_element(bars.begin(), bars.end());
  std::string text;
  for (const double bar : bars) {
    const double height = highest > 0 ? std::ceil(bar / highest * kHeights.size()) : 0;
    text += bar > 0 ? kHeights[static_cast<std::size_t>(height) - 1] : " ";
  }
  return text;
}

Reconnections reconnections(const GroupSummary& group) {
  const auto first = std::find_if(group.series.begin(), group.series.end(), has_loss);
  std::vector<double> rates;
  std::uint64_t attempts = 0;
  auto peak = first;
  for (auto point = first; point != group.series.end(); ++point) {
    attempts += connecting(*point);
    rates.push_back(per_second(*point));
    if (per_second(*point) > per_second(*peak)) peak = point;
  }
  if (attempts == 0) return {};
  while (rates.back() <= 0)
    rates.pop_back();
  const char* const what = attempts == 1 ? "attempt" : "attempts";
  if (rates.size() == 1)  // one bar would say nothing
    return {fmt::format("{} {} in second {}", grouped(attempts), what, first->second), ""};
  return {fmt::format("{} {} since second {}, most in second {}: {}", grouped(attempts), what,
                      first->second, peak->second, rate_text(per_second(*peak))),
          sparkline(rates, kBars)};
}

}  // namespace rtctl::report
