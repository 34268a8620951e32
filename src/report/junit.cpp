#include "report/junit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "metrics/measure.hpp"
#include "report/format.hpp"

namespace rtctl::report {
namespace {

std::string test_case(const Summary& summary, const ThresholdResult& result) {
  const std::string head =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
                  escaped(summary.name), escaped(result.check), seconds_of(summary));
  if (result.passed) {
    return fmt::format("{}>\n      <system-out>measured {}</system-out>\n    </testcase>\n", head,
                       escaped(result.measured_text));
  }
  return fmt::format(
      "{}>\n      <failure type=\"threshold\" message=\"measured {}\">{}: measured "
      "{}{}</failure>\n    </testcase>\n",
      head, escaped(result.measured_text), escaped(result.check), escaped(result.measured_text),
      result.aborted ? "; the run was ended there" : "");
}

/// A case of its own when nothing succeeded: thresholds such as "lost == 0" hold then, too.
std::string error_case(const Summary& summary) {
  if (!metrics::nothing_succeeded(summary.total)) return "";
  const ErrorCount& first = summary.total.errors.front();
  return fmt::format(
      "    <testcase classname=\"{}\" name=\"something succeeds\" time=\"{:.3f}\">\n"
      "      <error type=\"{}\" message=\"nothing succeeded\">{}</error>\n    </testcase>\n",
      escaped(summary.name), seconds_of(summary), escaped(first.kind), escaped(first.example));
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, escaped(value));
}

}  // namespace

std::string render_junit(const Summary& summary) {
  const auto failures = std::count_if(summary.results.begin(), summary.results.end(),
                                      [](const ThresholdResult& result) { return !result.passed; });
  const std::string error = error_case(summary);
  const std::size_t errors = error.empty() ? 0 : 1;
  const std::string counts = fmt::format(
      "name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
      "time=\"{:.3f}\"",
      escaped(summary.name), summary.results.size() + errors, failures, errors,
      seconds_of(summary));
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites {}>\n  <testsuite {}", counts, counts);
  // JUnit's timestamp is ISO 8601 without a zone.
  if (summary.started_at.size() >= 19)
    text += fmt::format(" timestamp=\"{}\"", escaped(summary.started_at.substr(0, 19)));
  text += ">\n    <properties>\n";
  text += property("target", summary.target);
  text += property("seed", std::to_string(summary.seed));
  text += property("rtctl", summary.version);
  text += property("driver", summary.driver);
  text += "    </properties>\n";
  text += error;
  for (const ThresholdResult& result : summary.results)
    text += test_case(summary, result);
  if (!summary.generator.reasons.empty()) {
    text += "    <system-err>";
    for (const std::string& reason : summary.generator.reasons)
      text += "The generator was the bottleneck: " + escaped(reason) + "\n";
    text += "</system-err>\n";
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace rtctl::report
