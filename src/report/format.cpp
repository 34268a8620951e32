#include "report/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/time.hpp"
#include "base/units.hpp"
#include "metrics/measure.hpp"
#include "metrics/names.hpp"

namespace rtctl::report {

std::string grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string value_text(std::string_view metric, double value) {
  if (metric == "payload") return format_size(static_cast<std::uint64_t>(std::llround(value)));
  return format_latency(Duration(std::llround(value)));
}

std::string rate_text(double per_second) {
  if (per_second >= 100)
    return grouped(static_cast<std::uint64_t>(std::llround(per_second))) + "/s";
  return fmt::format("{:.{}f}/s", per_second, per_second >= 10 ? 1 : 2);
}

std::string duration_text(std::chrono::nanoseconds duration) {
  return format_duration(std::chrono::round<std::chrono::milliseconds>(duration));
}

double seconds_of(const Summary& summary) {
  return std::chrono::duration<double>(summary.duration).count();
}

bool passed(const Summary& summary) {
  if (metrics::nothing_succeeded(summary.total)) return false;
  return std::all_of(summary.results.begin(), summary.results.end(),
                     [](const ThresholdResult& result) { return result.passed; });
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not a continuation byte
  }));
}

std::string left(std::string_view text, std::size_t width) {
  const std::size_t own = width_of(text);
  return std::string(text) + std::string(width > own ? width - own : 0, ' ');
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t own = width_of(text);
  return std::string(width > own ? width - own : 0, ' ') + std::string(text);
}

std::string printable(std::string_view text) {
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  // C1 controls are two bytes in UTF-8: C2 80 to C2 9F.
  for (std::size_t i = 0; i + 1 < result.size(); ++i) {
    if (result[i] == '\xC2' && static_cast<unsigned char>(result[i + 1]) < 0xA0)
      result.replace(i, 2, " ");
  }
  return result;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool allowed = byte >= 0x20 || c == '\t' || c == '\n' || c == '\r';
        result += allowed ? std::string(1, c) : "\xEF\xBF\xBD";
      }
    }
  }
  return result;
}

std::vector<std::string> metric_order(const GroupSummary& group) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < metrics::kMetricCount; ++i) {
    const std::string name(metrics::name_of(static_cast<metrics::Metric>(i)));
    if (group.metrics.contains(name)) names.push_back(name);
  }
  for (const auto& [name, distribution] : group.metrics) {
    if (!metrics::metric_of(name)) names.push_back(name);
  }
  return names;
}

const std::vector<Percentile>& percentiles() {
  static const std::vector<Percentile> kPercentiles{
      {"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99.9", 0.999}};
  return kPercentiles;
}

}  // namespace rtctl::report
