#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "base/units.hpp"
#include "metrics/measure.hpp"
#include "report/format.hpp"
#include "report/metric_table.hpp"
#include "report/timeline.hpp"

namespace rtctl::report {
namespace {

using metrics::counter;
using Out = std::back_insert_iterator<std::string>;

constexpr std::size_t kLabel = 15;

/// The mark at the start of a line: held, or not.
std::string mark(const Paint& paint, bool good) {
  return good ? paint.good("✓") : paint.bad("✗");
}

std::string facts(const Summary& summary) {
  std::vector<std::string> parts;
  parts.push_back(duration_text(summary.duration) +
                  (summary.warmup.count() > 0
                       ? fmt::format(" after {} of warm-up", format_duration(summary.warmup))
                       : ""));
  if (!summary.target.empty()) parts.push_back(printable(summary.target));
  if (!summary.driver.empty()) parts.push_back(summary.driver + " driver");
  if (summary.workers > 1) parts.push_back(fmt::format("{} workers", summary.workers));
  parts.push_back(fmt::format("seed {}", summary.seed));
  return fmt::format("{}", fmt::join(parts, "  ·  "));
}

void write_verdict(Out out, const Paint& paint, const Summary& summary) {
  const auto failed = std::count_if(summary.results.begin(), summary.results.end(),
                                    [](const ThresholdResult& result) { return !result.passed; });
  std::string verdict;
  if (metrics::nothing_succeeded(summary.total)) {
    verdict = paint.bad("✗") + " " + paint.bold("nothing succeeded");
  } else if (summary.results.empty()) {
    verdict = paint.bold("no thresholds");
  } else if (failed == 0) {
    verdict = paint.good("✓") + " " + paint.bold("passed");
  } else {
    verdict = paint.bad("✗") + " " +
              paint.bold(fmt::format("failed {} of {} thresholds", failed, summary.results.size()));
  }
  fmt::format_to(out, "{}  {}{}\n", verdict, printable(summary.name),
                 summary.interrupted ? paint.warn("  (interrupted)") : "");
  fmt::format_to(out, "{}\n", paint.dim(facts(summary)));
  for (const std::string& note : summary.notes)
    fmt::format_to(out, "{}\n", paint.dim(printable(note)));
  for (const std::string& reason : summary.generator.reasons)
    fmt::format_to(out, "{} {}\n", paint.warn("! The generator was the bottleneck:"),
                   printable(reason));
}

void write_thresholds(Out out, const Paint& paint, const Summary& summary) {
  if (summary.results.empty()) return;
  std::size_t width = 0;
  for (const ThresholdResult& result : summary.results)
    width = std::max(width, width_of(result.check));
  fmt::format_to(out, "\n");
  for (const ThresholdResult& result : summary.results) {
    const std::string measured = right(result.measured_text, 10);
    fmt::format_to(out, "  {} {}  {}{}\n", mark(paint, result.passed), left(result.check, width),
                   result.passed ? measured : paint.bad(measured),
                   result.aborted ? paint.warn("  ended the run") : "");
  }
}

/// "label  a  b  c" where parts that are empty are left out; nothing when all are.
void write_line(Out out, const Paint& paint, std::string_view label,
                const std::vector<std::string>& parts) {
  std::string line;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!line.empty()) line += "  ";
    line += part;
  }
  if (!line.empty()) fmt::format_to(out, "  {}{}\n", paint.dim(left(label, kLabel)), line);
}

/// "12 words", or "" when there are none and nobody asked.
std::string counted(std::uint64_t count, std::string_view words) {
  return count == 0 ? "" : fmt::format("{} {}", grouped(count), words);
}

std::string rated(const GroupSummary& group, std::string_view name, double seconds) {
  const std::uint64_t count = counter(group, name);
  if (count == 0) return "";
  return seconds > 0 ? fmt::format("{}  {}", grouped(count),
                                   rate_text(static_cast<double>(count) / seconds))
                     : grouped(count);
}

std::string transferred(const GroupSummary& group, double seconds) {
  const std::uint64_t bytes = counter(group, "bytes");
  if (bytes == 0) return "";
  if (seconds <= 0) return format_size(bytes);
  const auto per_second = static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds);
  return fmt::format("{}  {}/s", format_size(bytes), format_size(per_second));
}

/// Losses in red when there are any; "0 lost" is worth saying where somebody watched.
std::string order(const Paint& paint, const GroupSummary& group) {
  std::vector<std::string> parts;
  for (const char* name : {"lost", "duplicated", "reordered"}) {
    const std::uint64_t count = counter(group, name);
    const std::string text = fmt::format("{} {}", grouped(count), name);
    parts.push_back(count == 0 ? text : paint.bad(text));
  }
  return fmt::format("{}", fmt::join(parts, "  "));
}

/// After a storm the way back matters: how hard they tried, when, and who did not make it.
void write_reconnections(Out out, const Paint& paint, const GroupSummary& group) {
  if (counter(group, "reconnects") + counter(group, "connections_failed") == 0) return;
  const Reconnections back = reconnections(group);
  write_line(out, paint, "connecting", {back.text});
  write_line(out, paint, "", {back.bars});
  if (const std::string behind = counted(counter(group, "unrecovered"), "not caught up at the end");
      !behind.empty())
    write_line(out, paint, "behind", {paint.bad(behind)});
}

void write_counts(Out out, const Paint& paint, const GroupSummary& group, double seconds) {
  write_line(out, paint, "connections",
             {counted(counter(group, "connections_opened"), "opened"),
              counted(counter(group, "connections_failed"), "failed"),
              counted(counter(group, "connections_open"), "open at most"),
              counted(counter(group, "reconnects"),
                      counter(group, "reconnects") == 1 ? "reconnect" : "reconnects")});
  write_reconnections(out, paint, group);
  if (const auto up = metrics::uptime(group))
    write_line(out, paint, "uptime", {metrics::format_value(*up, metrics::Unit::share)});
  write_line(out, paint, "events", {rated(group, "events", seconds)});
  if (counter(group, "events") != 0 && (group.kind == "sse" || group.kind == "flow"))
    write_line(out, paint, "order", {order(paint, group)});
  const std::uint64_t all_3xx = counter(group, "http_3xx");
  const std::uint64_t redirects = all_3xx - std::min(all_3xx, counter(group, "not_modified"));
  write_line(out, paint, "requests",
             {rated(group, "requests", seconds), counted(counter(group, "http_2xx"), "2xx"),
              counted(redirects, "3xx"), counted(counter(group, "http_4xx"), "4xx"),
              counted(counter(group, "http_5xx"), "5xx"),
              counted(counter(group, "not_modified"), "not modified")});
  write_line(out, paint, "sent", {rated(group, "sent", seconds)});
  write_line(out, paint, "dropped", {counted(counter(group, "dropped"), "arrivals not started")});
  write_line(out, paint, "bytes", {transferred(group, seconds)});
  if (const std::uint64_t errors = metrics::error_count(group); errors != 0)
    write_line(
        out, paint, "errors",
        {paint.bad(grouped(errors)),
         metrics::format_value(metrics::error_rate(group).value_or(0), metrics::Unit::share)});
}

void write_group(Out out, const Paint& paint, const MetricTable& table, const GroupSummary& group,
                 double seconds) {
  fmt::format_to(out, "\n{}{}{}\n", paint.bold(printable(group.name)),
                 group.kind.empty() ? "" : "  " + group.kind,
                 counter(group, "users") == 0
                     ? ""
                     : paint.dim(fmt::format("  {} {}", grouped(counter(group, "users")),
                                             counter(group, "users") == 1 ? "user" : "users")));
  write_counts(out, paint, group, seconds);
  fmt::format_to(out, "{}", table.render(group, paint));
}

void write_errors(Out out, const Paint& paint, const Summary& summary) {
  if (summary.total.errors.empty()) return;
  fmt::format_to(out, "\n{}\n", paint.bold("errors"));
  std::size_t width = 0;
  for (const ErrorCount& error : summary.total.errors)
    width = std::max(width, grouped(error.count).size());
  for (const ErrorCount& error : summary.total.errors) {
    std::vector<std::string> where;
    for (const GroupSummary& group : summary.groups) {
      for (const ErrorCount& own : group.errors) {
        if (own.kind == error.kind) where.push_back(printable(group.name));
      }
    }
    fmt::format_to(out, "  {}{}  {}{}\n", left(error.kind, kLabel + 3),
                   paint.bad(right(grouped(error.count), width)), printable(error.example),
                   where.empty() ? "" : paint.dim(fmt::format("  ({})", fmt::join(where, ", "))));
  }
}

std::string of_limit(std::uint64_t used, std::uint64_t limit) {
  if (limit == 0) return grouped(used);
  return fmt::format("{} of {}", grouped(used), grouped(limit));
}

std::string lag(const Distribution& all) {
  if (all.count == 0) return "";
  return fmt::format("p50 {}  p99 {}  max {}",
                     value_text("", static_cast<double>(*quantile(all, 0.5))),
                     value_text("", static_cast<double>(*quantile(all, 0.99))),
                     value_text("", static_cast<double>(all.max)));
}

void write_generator(Out out, const Paint& paint, const Summary& summary) {
  const GeneratorHealth& health = summary.generator;
  if (health.threads == 0 && health.loop_lag.count == 0 && health.schedule_lag.count == 0) return;
  fmt::format_to(out, "\n{}  {}\n", paint.bold("generator"),
                 health.reasons.empty() ? paint.dim("was not the bottleneck")
                                        : paint.warn("was the bottleneck"));
  write_line(out, paint, "cpu",
             {fmt::format("{:.1f}s", health.cpu_seconds),
              fmt::format("busiest thread {:.0f}%", health.cpu_share * 100),
              counted(health.threads, health.threads == 1 ? "thread" : "threads")});
  write_line(out, paint, "schedule lag", {lag(health.schedule_lag)});
  write_line(out, paint, "loop lag", {lag(health.loop_lag)});
  write_line(out, paint, "memory",
             {health.memory_bytes == 0 ? "" : format_size(health.memory_bytes)});
  if (health.descriptors != 0)
    write_line(out, paint, "descriptors", {of_limit(health.descriptors, health.descriptors_limit)});
  if (health.ports != 0)
    write_line(out, paint, "local ports", {of_limit(health.ports, health.ports_limit)});
  write_line(out, paint, "dropped", {counted(health.dropped, "arrivals not started")});
  if (summary.total.metrics.contains("delivery"))
    write_line(out, paint, "clock basis",
               {summary.clock_basis.empty() ? "unknown" : printable(summary.clock_basis)});
}

}  // namespace

std::string render_text(const Summary& summary, Colors colors) {
  const Paint paint(colors);
  const double seconds = seconds_of(summary);
  std::string text;
  const Out out = std::back_inserter(text);
  write_verdict(out, paint, summary);
  write_thresholds(out, paint, summary);
  const MetricTable table(summary);
  for (const GroupSummary& group : summary.groups)
    write_group(out, paint, table, group, seconds);
  if (summary.groups.size() > 1) write_group(out, paint, table, summary.total, seconds);
  write_errors(out, paint, summary);
  write_generator(out, paint, summary);
  return text;
}

}  // namespace rtctl::report
