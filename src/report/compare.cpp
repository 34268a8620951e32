#include "report/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/format.hpp"
#include "report/text.hpp"

namespace rtctl::report {
namespace {

using Worse = Change::Worse;

struct Counted {
  const char* name;
  const char* aggregate;
  Worse worse;
};

// Rates, because two runs need not be equally long; losses in full, as none is good.
constexpr std::array kCounted{
    Counted{"errors", "rate", Worse::higher},  Counted{"lost", "", Worse::higher},
    Counted{"duplicated", "", Worse::higher},  Counted{"reordered", "", Worse::higher},
    Counted{"uptime", "", Worse::lower},       Counted{"events", "rate", Worse::lower},
    Counted{"requests", "rate", Worse::lower}, Counted{"users", "", Worse::neither}};

// The maximum is one sample: shown, not judged.
constexpr std::array kQuantiles{
    Counted{"", "p50", Worse::higher}, Counted{"", "p95", Worse::higher},
    Counted{"", "p99", Worse::higher}, Counted{"", "max", Worse::neither}};

class Comparer {
 public:
  Comparer(const Summary& before, const Summary& after)
      : before_seconds_(seconds_of(before)), after_seconds_(seconds_of(after)) {}

  void group(const std::string& name, const GroupSummary& before, const GroupSummary& after) {
    for (const std::string& metric : metric_order(before)) {
      if (!after.metrics.contains(metric)) continue;
      for (const Counted& quantile : kQuantiles)
        measure(name,
                {metric.c_str(), quantile.aggregate,
                 metric == "payload" ? Worse::neither : quantile.worse},
                before, after);
    }
    for (const Counted& counted : kCounted)
      measure(name, counted, before, after);
  }

  std::vector<Change> take() { return std::move(changes_); }

 private:
  void measure(const std::string& group, const Counted& what, const GroupSummary& before,
               const GroupSummary& after) {
    const auto found = metrics::find_measure(what.name, what.aggregate);
    if (!found) return;  // a metric of a later version
    const auto old_value = metrics::value_of(*found, before, before_seconds_);
    const auto new_value = metrics::value_of(*found, after, after_seconds_);
    if (!old_value || !new_value || (*old_value == 0 && *new_value == 0)) return;
    Change change{.group = group,
                  .measure = *what.aggregate == '\0'
                                 ? std::string(what.name)
                                 : fmt::format("{}.{}", what.name, what.aggregate),
                  .unit = found->unit,
                  .before = *old_value,
                  .after = *new_value,
                  .worse = what.worse};
    change.relative =
        *old_value == 0 ? std::nullopt : std::optional((*new_value - *old_value) / *old_value);
    changes_.push_back(std::move(change));
  }

  double before_seconds_;
  double after_seconds_;
  std::vector<Change> changes_;
};

const GroupSummary* find_group(const Summary& summary, const std::string& name) {
  for (const GroupSummary& group : summary.groups) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

std::string relative_text(const Change& change) {
  if (!change.relative) return "new";
  // "+53572.8%" is harder to read than "537x", and breaks the column.
  if (*change.relative >= 9) return fmt::format("{:.0f}x", *change.relative + 1);
  return fmt::format("{:+.1f}%", *change.relative * 100);
}

std::string_view unit_text(metrics::Unit unit) {
  switch (unit) {
    case metrics::Unit::time:
      return "ns";
    case metrics::Unit::bytes:
      return "bytes";
    case metrics::Unit::per_second:
      return "per_second";
    case metrics::Unit::share:
      return "share";
    case metrics::Unit::count:
      break;
  }
  return "count";
}

std::string painted(const Paint& paint, const Change& change, std::optional<double> fail_over) {
  const std::string text = right(relative_text(change), 9);
  if (fail_over && change.is_worse_by(*fail_over)) return paint.bad(text) + paint.bad(" ✗");
  if (change.is_worse_by(0)) return paint.warn(text);
  const bool better = change.worse != Worse::neither && change.before != change.after;
  return better ? paint.good(text) : text;
}

}  // namespace

bool Change::is_worse_by(double share) const {
  if (worse == Worse::neither) return false;
  const double difference = worse == Worse::higher ? after - before : before - after;
  // Two quantiles nearer than this may be the same bucket's.
  const double resolution =
      unit == metrics::Unit::time ? std::max(1000.0, before * 0.001) : before * 1e-12;
  if (difference <= resolution) return false;
  return !relative || std::abs(*relative) > share;
}

Comparison compare(const Summary& before, const Summary& after) {
  Comparison result;
  Comparer comparer(before, after);
  for (const GroupSummary& group : before.groups) {
    if (const GroupSummary* other = find_group(after, group.name)) {
      comparer.group(group.name, group, *other);
    } else {
      result.notes.push_back(fmt::format("group \"{}\" is only in the first", group.name));
    }
  }
  for (const GroupSummary& group : after.groups) {
    if (find_group(before, group.name) == nullptr)
      result.notes.push_back(fmt::format("group \"{}\" is only in the second", group.name));
  }
  if (before.groups.size() != 1 || after.groups.size() != 1)
    comparer.group("total", before.total, after.total);
  result.changes = comparer.take();
  return result;
}

std::string render_comparison_text(const Comparison& comparison, std::optional<double> fail_over,
                                   Colors colors) {
  const Paint paint(colors);
  const auto failed = std::count_if(
      comparison.changes.begin(), comparison.changes.end(),
      [&](const Change& change) { return fail_over && change.is_worse_by(*fail_over); });
  std::string text;
  if (fail_over) {
    const std::string limit = fmt::format("{:g}%", *fail_over * 100);
    text +=
        failed == 0
            ? fmt::format("{} {}\n", paint.good("✓"),
                          paint.bold("nothing got worse by more than " + limit))
            : fmt::format("{} {}\n", paint.bad("✗"),
                          paint.bold(fmt::format("{} got worse by more than {}", failed, limit)));
  }
  std::string group;
  for (const Change& change : comparison.changes) {
    if (change.group != group) {
      group = change.group;
      text += fmt::format("{}{}\n", text.empty() ? "" : "\n", paint.bold(printable(group)));
      text += paint.dim("  " + left("", 20) + right("before", 11) + right("after", 11) +
                        right("change", 9)) +
              "\n";
    }
    text += fmt::format("  {}{}{}{}\n", left(change.measure, 20),
                        right(metrics::format_value(change.before, change.unit), 11),
                        right(metrics::format_value(change.after, change.unit), 11),
                        painted(paint, change, fail_over));
  }
  if (!comparison.notes.empty() && !text.empty()) text += "\n";
  for (const std::string& note : comparison.notes)
    text += printable(note) + "\n";
  return text;
}

std::string render_comparison_json(const Comparison& comparison, std::optional<double> fail_over) {
  using Json = nlohmann::ordered_json;
  Json changes = Json::array();
  bool any_worse = false;
  for (const Change& change : comparison.changes) {
    const bool worse = fail_over && change.is_worse_by(*fail_over);
    any_worse = any_worse || worse;
    changes.push_back({{"group", change.group},
                       {"measure", change.measure},
                       {"unit", unit_text(change.unit)},
                       {"before", change.before},
                       {"after", change.after},
                       {"relative", change.relative ? Json(*change.relative) : Json(nullptr)},
                       {"worse", worse}});
  }
  const Json json{{"version", 1},
                  {"fail_over", fail_over ? Json(*fail_over) : Json(nullptr)},
                  {"passed", !any_worse},
                  {"changes", std::move(changes)},
                  {"notes", comparison.notes}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rtctl::report
