#include "report/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/units.hpp"
#include "metrics/measure.hpp"
#include "report/curve.hpp"
#include "report/format.hpp"

// Bounds of the embedded files, see cmake/Embed.cmake.
extern "C" const char rtctl_report_page_html_begin[], rtctl_report_page_html_end[];
extern "C" const char rtctl_report_page_css_begin[], rtctl_report_page_css_end[];
extern "C" const char rtctl_report_page_js_begin[], rtctl_report_page_js_end[];
extern "C" const char rtctl_report_chart_min_js_begin[], rtctl_report_chart_min_js_end[];

namespace rtctl::report {
namespace {

using Json = nlohmann::ordered_json;
using metrics::counter;

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::string cell(std::string_view text, std::string_view kind = "") {
  return kind.empty() ? fmt::format("<td>{}</td>", escaped(text))
                      : fmt::format("<td class=\"{}\">{}</td>", kind, escaped(text));
}

std::string facts(const Summary& summary) {
  std::string items;
  const auto item = [&](std::string_view name, std::string_view value) {
    if (!value.empty())
      items += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, escaped(value));
  };
  item("Target", summary.target);
  item("Started", summary.started_at);
  item("Measured", format_duration(summary.duration));
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
  if (summary.results.empty()) return "<span class=\"verdict none\">no thresholds</span>";
  if (failed == 0) return "<span class=\"verdict good\">&#10003; passed</span>";
  return fmt::format("<span class=\"verdict bad\">&#10007; failed {} of {}</span>", failed,
                     summary.results.size());
}

std::string notices(const Summary& summary) {
  std::string text;
  if (summary.interrupted) text += "<p class=\"notice\">The run ended before its time.</p>";
  for (const std::string& reason : summary.generator.reasons)
    text += fmt::format("<p class=\"notice\"><b>The generator was the bottleneck:</b> {}</p>",
                        escaped(reason));
  for (const std::string& note : summary.notes)
    text += fmt::format("<p class=\"note\">{}</p>", escaped(note));
  return text;
}

std::string thresholds(const Summary& summary) {
  if (summary.results.empty()) return "";
  std::string rows;
  for (const ThresholdResult& result : summary.results) {
    rows += fmt::format(
        "<tr><td class=\"{}\">{}</td><td><code>{}</code></td>{}</tr>",
        result.passed ? "good" : "bad", result.passed ? "&#10003;" : "&#10007;",
        escaped(result.check),
        cell(result.measured_text + (result.aborted ? " (ended the run)" : ""), "number"));
  }
  return "<section><h2>Thresholds</h2><div class=\"scroll\"><table><thead><tr><th></th>"
         "<th>Condition</th><th class=\"number\">Measured</th></tr></thead><tbody>" +
         rows + "</tbody></table></div></section>";
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

std::string metric_table(const GroupSummary& group) {
  if (group.metrics.empty()) return "";
  std::string head = "<th>Metric</th><th class=\"number\">count</th><th class=\"number\">min</th>";
  for (const Percentile& percentile : percentiles())
    head += fmt::format("<th class=\"number\">{}</th>", percentile.name);
  head += "<th class=\"number\">max</th><th class=\"number\">mean</th>";
  std::string rows;
  for (const auto& [name, all] : group.metrics) {
    rows += "<tr>" + cell(name) + cell(grouped(all.count), "number") +
            cell(value_text(name, static_cast<double>(all.min)), "number");
    for (const Percentile& percentile : percentiles())
      rows += cell(value_text(name, static_cast<double>(quantile(all, percentile.q).value_or(0))),
                   "number");
    rows += cell(value_text(name, static_cast<double>(all.max)), "number") +
            cell(value_text(name, mean(all).value_or(0)), "number") + "</tr>";
  }
  return "<div class=\"scroll\"><table><thead><tr>" + head + "</tr></thead><tbody>" + rows +
         "</tbody></table></div>";
}

std::string counter_list(const GroupSummary& group) {
  std::string items;
  for (const auto& [name, count] : group.counters) {
    // What only feeds a share is shown as that share.
    if (count == 0 || name == "attempts" || name.starts_with("time_")) continue;
    std::string value = grouped(count);
    if (name.starts_with("bytes")) value = format_size(count);
    std::string words = name;
    std::replace(words.begin(), words.end(), '_', ' ');
    items += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", escaped(words), value);
  }
  return items.empty() ? "" : "<dl class=\"facts\">" + items + "</dl>";
}

std::string group_sections(const Summary& summary) {
  std::string text;
  const auto section = [&](const GroupSummary& group, std::string_view title) {
    text += fmt::format("<section><h2>{} <small>{}</small></h2>{}{}</section>", escaped(title),
                        escaped(group.kind), metric_table(group), counter_list(group));
  };
  for (const GroupSummary& group : summary.groups)
    section(group, group.name);
  if (summary.groups.size() > 1) section(summary.total, "All groups");
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
  return "<section><h2>Errors</h2><div class=\"scroll\"><table><thead><tr><th>Kind</th><th>Group"
         "</th><th class=\"number\">Count</th><th>Example</th></tr></thead><tbody>" +
         rows + "</tbody></table></div></section>";
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
  if (health.dropped != 0) item("arrivals dropped", grouped(health.dropped));
  return "<section><h2>Generator</h2><dl class=\"facts\">" + items + "</dl></section>";
}

Json series_of(const GroupSummary& group) {
  Json json{{"second", Json::array()}, {"users", Json::array()},     {"open", Json::array()},
            {"errors", Json::array()}, {"counters", Json::object()}, {"metrics", Json::object()}};
  for (const SeriesPoint& point : group.series) {
    json["second"].push_back(point.second);
    json["users"].push_back(point.users);
    json["open"].push_back(point.open);
    json["errors"].push_back(point.errors);
  }
  for (const char* name : {"events", "requests", "reconnects"}) {
    if (counter(group, name) == 0) continue;
    for (const SeriesPoint& point : group.series) {
      const auto found = point.counters.find(name);
      json["counters"][name].push_back(found == point.counters.end() ? 0 : found->second);
    }
  }
  for (const auto& [name, all] : group.metrics) {
    Json& metric = json["metrics"][name];
    for (const SeriesPoint& point : group.series) {
      const auto found = point.metrics.find(name);
      const bool has = found != point.metrics.end();
      metric["p50"].push_back(has ? Json(found->second.p50) : Json(nullptr));
      metric["p99"].push_back(has ? Json(found->second.p99) : Json(nullptr));
      metric["max"].push_back(has ? Json(found->second.max) : Json(nullptr));
    }
  }
  return json;
}

Json curves_of(const GroupSummary& group) {
  Json json = Json::object();
  for (const auto& [name, all] : group.metrics) {
    Json points = Json::array();
    for (const CurvePoint& point : percentile_curve(all)) {
      // The maximum would be at infinity; it is drawn where the number of samples ends.
      const double left = point.quantile < 1 ? 1 / (1 - point.quantile)
                                             : std::max(1.0, static_cast<double>(all.count));
      points.push_back({left, point.value});
    }
    json[name] = std::move(points);
  }
  return json;
}

/// What the page's script draws. "</" would end the script element early.
std::string data(const Summary& summary) {
  Json groups = Json::array();
  const auto add = [&](const GroupSummary& group, std::string_view title) {
    groups.push_back({{"name", title}, {"series", series_of(group)}, {"curves", curves_of(group)}});
  };
  if (summary.groups.size() != 1) add(summary.total, "All groups");
  for (const GroupSummary& group : summary.groups)
    add(group, group.name);
  const std::string json =
      Json{{"groups", std::move(groups)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
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
    if (name == "data") return data(summary);
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
