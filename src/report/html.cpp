#include "report/html.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "metrics/measure.hpp"
#include "report/format.hpp"
#include "report/html_data.hpp"
#include "report/html_groups.hpp"
#include "report/html_table.hpp"

// Bounds of the embedded files, see cmake/Embed.cmake.
extern "C" const char rtctl_report_page_html_begin[], rtctl_report_page_html_end[];
extern "C" const char rtctl_report_page_css_begin[], rtctl_report_page_css_end[];
extern "C" const char rtctl_report_page_js_begin[], rtctl_report_page_js_end[];
extern "C" const char rtctl_report_chart_min_js_begin[], rtctl_report_chart_min_js_end[];

namespace rtctl::report {
namespace {

using metrics::counter;

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::string facts(const Summary& summary) {
  std::string items;
  const auto item = [&](std::string_view name, std::string_view value) {
    if (!value.empty())
      items += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, escaped(value));
  };
  item("Target", summary.target);
  item("Started", summary.started_at);
  item("Measured", duration_text(summary.duration));
  if (summary.warmup.count() > 0) item("Warm-up", format_duration(summary.warmup));
  item("Driver", summary.driver);
  item("Seed", std::to_string(summary.seed));
  item("Clock basis", summary.clock_basis);
  if (summary.workers > 1) item("Workers", std::to_string(summary.workers));
  item("rtctl", summary.version);
  return items;
}

std::string verdict(const Summary& summary) {
  const auto failed = std::count_if(summary.results.begin(), summary.results.end(),
                                    [](const ThresholdResult& result) { return !result.passed; });
  if (metrics::nothing_succeeded(summary.total))
    return "<span class=\"verdict bad\">&#10007; nothing succeeded</span>";
  if (summary.results.empty()) return "<span class=\"verdict none\">no thresholds</span>";
  if (failed == 0) return "<span class=\"verdict good\">&#10003; passed</span>";
  return fmt::format("<span class=\"verdict bad\">&#10007; failed {} of {}</span>", failed,
                     summary.results.size());
}

std::string notices(const Summary& summary) {
  std::string text;
  if (summary.interrupted) text += "<p class=\"notice\">The run ended before its time.</p>";
  std::string reasons;
  for (const std::string& reason : summary.generator.reasons)
    reasons += fmt::format("<li>{}</li>", escaped(reason));
  if (!reasons.empty())
    text += fmt::format(
        "<div class=\"notice\"><b>The generator was the bottleneck</b><ul>{}</ul></div>", reasons);
  for (const std::string& note : summary.notes)
    text += fmt::format("<p class=\"note\">{}</p>", escaped(note));
  return text;
}

std::string thresholds(const Summary& summary) {
  if (summary.results.empty()) return "";
  std::string rows;
  for (const ThresholdResult& result : summary.results) {
    const char* kind = result.passed ? "good" : "bad";
    rows += fmt::format(
        "<tr><td class=\"{}\"><span aria-hidden=\"true\">{}</span>"
        "<span class=\"hidden\">{}</span></td><td><code>{}</code></td>{}</tr>",
        kind, result.passed ? "&#10003;" : "&#10007;", result.passed ? "held" : "missed",
        escaped(result.check),
        cell(result.measured_text + (result.aborted ? " (ended the run)" : ""),
             result.passed ? "number" : "number bad"));
  }
  const std::string heads =
      head("<span class=\"hidden\">Result</span>") + head("Condition") + head("Measured", "number");
  return fmt::format("<section><h2>Thresholds</h2>{}</section>",
                     table("Thresholds", "checks", heads, rows));
}

std::string tile(std::string_view name, std::string_view value, std::string_view detail,
                 std::string_view kind = "") {
  return fmt::format("<div class=\"tile {}\"><b>{}</b><span>{}</span><small>{}</small></div>", kind,
                     escaped(value), escaped(name), escaped(detail));
}

std::string tiles(const Summary& summary) {
  const GroupSummary& total = summary.total;
  const double seconds = seconds_of(summary);
  std::string text;
  const auto rate = [&](std::string_view counter_name, std::string_view name) {
    const std::uint64_t count = counter(total, counter_name);
    if (count != 0 && seconds > 0)
      text +=
          tile(name, rate_text(static_cast<double>(count) / seconds), grouped(count) + " in all");
  };
  text += tile("users", grouped(counter(total, "users")),
               grouped(counter(total, "connections_open")) + " connections");
  rate("events", "events");
  rate("requests", "requests");
  for (const char* name : {"delivery", "latency", "first_event"}) {
    const auto found = total.metrics.find(name);
    if (found == total.metrics.end()) continue;
    const Distribution& all = found->second;
    text += tile(fmt::format("{} p99", name),
                 value_text(name, static_cast<double>(quantile(all, 0.99).value_or(0))),
                 "p50 " + value_text(name, static_cast<double>(quantile(all, 0.5).value_or(0))));
  }
  if (const auto up = metrics::uptime(total))
    text += tile("uptime", metrics::format_value(*up, metrics::Unit::share),
                 "reconnects: " + grouped(counter(total, "reconnects")));
  const std::uint64_t errors = metrics::error_count(total);
  text += tile("errors", grouped(errors),
               metrics::format_value(metrics::error_rate(total).value_or(0), metrics::Unit::share),
               errors == 0 ? "" : "bad");
  const std::uint64_t lost = counter(total, "lost");
  if (counter(total, "events") != 0)
    text += tile("lost", grouped(lost),
                 fmt::format("{} duplicated, {} reordered", grouped(counter(total, "duplicated")),
                             grouped(counter(total, "reordered"))),
                 lost == 0 ? "" : "bad");
  return text;
}

std::string errors(const Summary& summary) {
  std::string rows;
  for (const GroupSummary& group : summary.groups) {
    for (const ErrorCount& error : group.errors)
      rows += "<tr>" + cell(error.kind) + cell(group.name) + cell(grouped(error.count), "number") +
              cell(error.example) + "</tr>";
  }
  if (rows.empty()) return "";
  const std::string heads =
      head("Kind") + head("Group") + head("Count", "number") + head("One example");
  return fmt::format("<section><h2>Errors</h2>{}</section>", table("Errors", "", heads, rows));
}

std::string generator(const Summary& summary) {
  const GeneratorHealth& health = summary.generator;
  if (health.threads == 0) return "";
  std::string items;
  const auto item = [&](std::string_view name, const std::string& value) {
    items += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, value);
  };
  const auto lag = [&](std::string_view name, const Distribution& all) {
    if (all.count != 0)
      item(name, "p99 " + value_text("", static_cast<double>(*quantile(all, 0.99))) + ", max " +
                     value_text("", static_cast<double>(all.max)));
  };
  item("threads", std::to_string(health.threads));
  item("busiest thread", fmt::format("{:.0f}%", health.cpu_share * 100));
  item("cpu", fmt::format("{:.1f}s", health.cpu_seconds));
  lag("schedule lag", health.schedule_lag);
  lag("loop lag", health.loop_lag);
  if (health.memory_bytes != 0) item("memory", format_size(health.memory_bytes));
  if (health.descriptors != 0)
    item("descriptors",
         fmt::format("{} of {}", grouped(health.descriptors), grouped(health.descriptors_limit)));
  if (health.ports != 0)
    item("local ports",
         fmt::format("{} of {}", grouped(health.ports), grouped(health.ports_limit)));
  if (health.dropped != 0) item("arrivals dropped", grouped(health.dropped));
  return "<section><h2>Generator</h2><dl class=\"facts\">" + items + "</dl></section>";
}

}  // namespace

std::string render_html(const Summary& summary) {
  std::string_view page = between(rtctl_report_page_html_begin, rtctl_report_page_html_end);
  const auto content = [&](std::string_view name) -> std::string {
    if (name == "title") return escaped(summary.name);
    if (name == "style")
      return std::string(between(rtctl_report_page_css_begin, rtctl_report_page_css_end));
    if (name == "verdict") return verdict(summary);
    if (name == "facts") return facts(summary);
    if (name == "notices") return notices(summary);
    if (name == "thresholds") return thresholds(summary);
    if (name == "tiles") return tiles(summary);
    if (name == "groups") return group_sections(summary);
    if (name == "errors") return errors(summary);
    if (name == "generator") return generator(summary);
    if (name == "data") return chart_data(summary);
    if (name == "chart")
      return std::string(between(rtctl_report_chart_min_js_begin, rtctl_report_chart_min_js_end));
    return std::string(between(rtctl_report_page_js_begin, rtctl_report_page_js_end));
  };
  std::string text;
  for (;;) {
    const std::size_t open = page.find("{{");
    text += page.substr(0, open);
    if (open == std::string_view::npos) return text;
    const std::size_t close = page.find("}}", open);
    text += content(page.substr(open + 2, close - open - 2));
    page.remove_prefix(close + 2);
  }
}

}  // namespace rtctl::report
