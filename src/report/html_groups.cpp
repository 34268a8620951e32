#include "report/html_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "metrics/measure.hpp"
#include "report/format.hpp"
#include "report/html_table.hpp"

namespace rtctl::report {
namespace {

using metrics::counter;

std::string metric_rows(const GroupSummary& group) {
  if (group.metrics.empty()) return "";
  std::string heads = head("Metric") + head("count", "number") + head("min", "number");
  for (const Percentile& percentile : percentiles())
    heads += head(percentile.name, "number");
  heads += head("max", "number") + head("mean", "number");
  std::string rows;
  for (const std::string& name : metric_order(group)) {
    const Distribution& all = group.metrics.at(name);
    rows += fmt::format("<tr><th scope=\"row\">{}</th>{}{}", escaped(name),
                        cell(grouped(all.count), "number"),
                        cell(value_text(name, static_cast<double>(all.min)), "number"));
    for (const Percentile& percentile : percentiles())
      rows += cell(value_text(name, static_cast<double>(quantile(all, percentile.q).value_or(0))),
                   "number");
    rows += cell(value_text(name, static_cast<double>(all.max)), "number") +
            cell(value_text(name, mean(all).value_or(0)), "number") + "</tr>";
  }
  return table(group.name.empty() ? "All groups" : group.name, "metrics", heads, rows);
}

/// In the order in which a reader asks; those of a later version after them.
std::vector<std::string> counter_order(const GroupSummary& group) {
  std::vector<std::string> names{"users",
                                 "connections_opened",
                                 "connections_failed",
                                 "connections_open",
                                 "reconnects",
                                 "events",
                                 "lost",
                                 "duplicated",
                                 "reordered",
                                 "heartbeats",
                                 "requests",
                                 "http_1xx",
                                 "http_2xx",
                                 "http_3xx",
                                 "http_4xx",
                                 "http_5xx",
                                 "not_modified",
                                 "sent",
                                 "dropped",
                                 "iterations",
                                 "bytes",
                                 "bytes_sent"};
  for (const auto& [name, count] : group.counters) {
    // What only feeds a share is shown as that share.
    const bool is_part = name == "attempts" || name.starts_with("time_");
    if (!is_part && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

std::string counter_label(std::string name) {
  if (name == "connections_open") return "connections open at most";
  if (name.starts_with("http_")) return name.substr(5);
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string counter_list(const GroupSummary& group) {
  std::string items;
  const auto item = [&](std::string_view name, std::string_view value, std::string_view kind = "") {
    items +=
        fmt::format("<div><dt>{}</dt><dd class=\"{}\">{}</dd></div>", escaped(name), kind, value);
  };
  const bool has_order =
      counter(group, "events") != 0 && (group.kind == "sse" || group.kind == "flow");
  if (const auto up = metrics::uptime(group))
    item("uptime", metrics::format_value(*up, metrics::Unit::share));
  for (const std::string& name : counter_order(group)) {
    const std::uint64_t count = counter(group, name);
    const bool is_loss = name == "lost" || name == "duplicated" || name == "reordered";
    // "0 lost" is worth saying where somebody watched.
    if (count == 0 && !(is_loss && has_order)) continue;
    item(counter_label(name), name.starts_with("bytes") ? format_size(count) : grouped(count),
         is_loss && count != 0 ? "bad" : "");
  }
  if (const std::uint64_t errors = metrics::error_count(group); errors != 0)
    item("errors",
         fmt::format(
             "{}, {}", grouped(errors),
             metrics::format_value(metrics::error_rate(group).value_or(0), metrics::Unit::share)),
         "bad");
  return items.empty() ? "" : "<dl class=\"facts\">" + items + "</dl>";
}

}  // namespace

std::string group_sections(const Summary& summary) {
  std::string text;
  const auto section = [&](const GroupSummary& group, std::string_view title) {
    text += fmt::format("<section><h2>{} <small>{}</small></h2>{}{}</section>", escaped(title),
                        escaped(group.kind), counter_list(group), metric_rows(group));
  };
  for (const GroupSummary& group : summary.groups)
    section(group, group.name);
  if (summary.groups.size() > 1) section(summary.total, "All groups");
  return text;
}

}  // namespace rtctl::report
