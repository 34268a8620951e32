// Scenarios without a file, and what the command line changes about those with one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "metrics/join.hpp"
#include "rtctl/scenario.hpp"
#include "scenario/spec.hpp"
#include "scenario/template.hpp"
#include "scenario/url.hpp"

namespace rtctl {
namespace {

/// "http://host:1/path?x#y" is "http://host:1" and "/path?x"; nullopt for what is no http URL.
std::optional<std::pair<std::string, std::string>> split_url(std::string_view url) {
  if (!scenario::is_http_url(url)) return std::nullopt;
  if (url.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;
  url = url.substr(0, url.find('#'));
  const std::size_t authority = url.find("//") + 2;
  const std::size_t end = std::min(url.find_first_of("/?", authority), url.size());
  std::string path(url.substr(end));
  if (!path.starts_with('/')) path.insert(0, "/");
  return std::pair{std::string(url.substr(0, end)), std::move(path)};
}

/// To the microsecond, so that a plan stays readable.
nanoseconds stretched(nanoseconds time, double factor) {
  const double exact = static_cast<double>(time.count()) * factor;
  return nanoseconds(std::llround(exact / 1000) * 1000);
}

}  // namespace

std::string_view kind_name(Group::Kind kind) {
  return scenario::kind_names()[static_cast<std::size_t>(kind)];
}

Result<Scenario> quick_scenario(const QuickOptions& options) {
  const auto url = split_url(options.url);
  if (!url)
    return usage_error(
        fmt::format("\"{}\" is not an http or https URL; write it like "
                    "\"http://127.0.0.1:8080/api/events\"",
                    options.url));
  const std::vector<std::string> kinds{"sse", "poll", "chat", "feed", "request"};
  const auto kind = std::find(kinds.begin(), kinds.end(), options.kind);
  if (kind == kinds.end())
    return usage_error(
        fmt::format("unknown kind \"{}\"; allowed are {}", options.kind, metrics::join(kinds)));
  if (options.users == 0) return usage_error("users must be at least 1");
  if (options.duration.count() <= 0) return usage_error("duration must be more than 0");
  Group group{.name = options.kind,
              .kind = static_cast<Group::Kind>(kind - kinds.begin()),
              .users = options.users};
  group.request.path = scenario::literal(url->second);
  if (group.kind == Group::Kind::poll || group.kind == Group::Kind::feed)
    group.interval = std::chrono::seconds(5);
  if (group.kind == Group::Kind::chat) group.interval = std::chrono::seconds(1);
  // The reference server's events say when they were sent; a stream that does not is not judged.
  if (group.kind == Group::Kind::sse) group.sent_at = "/timestamp";
  // All at once is a storm; a tenth of the time is a start.
  group.ramp_up = std::min<nanoseconds>(options.duration / 10, std::chrono::seconds(10));
  Scenario result{.name = fmt::format("{} {} of {}", options.users, options.kind, options.url),
                  .target = url->first,
                  .duration = options.duration};
  result.groups.push_back(std::move(group));
  return result;
}

void override_duration(Scenario& scenario, nanoseconds duration) {
  const auto before = static_cast<double>((scenario.warmup + scenario.duration).count());
  scenario.duration = duration;
  const nanoseconds run = scenario.warmup + scenario.duration;
  const double factor = static_cast<double>(run.count()) / before;
  for (Group& group : scenario.groups) {
    for (Stage& stage : group.stages)
      stage.length = stretched(stage.length, factor);
    if (factor < 1) group.ramp_up = stretched(group.ramp_up, factor);
    if (group.disconnect && factor < 1)
      group.disconnect->at = stretched(group.disconnect->at, factor);
  }
  for (Threshold& threshold : scenario.thresholds)
    threshold.after = std::min(threshold.after, run);
}

void scale_users(Scenario& scenario, double factor) {
  for (Group& group : scenario.groups) {
    if (group.users != 0)
      group.users = std::max<std::uint64_t>(
          1, static_cast<std::uint64_t>(std::llround(static_cast<double>(group.users) * factor)));
    for (Stage& stage : group.stages) {
      stage.from_per_second *= factor;
      stage.to_per_second *= factor;
    }
  }
}

}  // namespace rtctl
