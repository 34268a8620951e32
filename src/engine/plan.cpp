// `bench --dry-run`: what would happen, in words.
#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "engine/capacity.hpp"
#include "engine/preflight.hpp"
#include "engine/schedule.hpp"
#include "rtctl/run.hpp"

namespace rtctl {
namespace {

using namespace engine;

std::string rate_text(double per_second) {
  return fmt::format("{:g}/s", per_second);
}

std::string stages_text(const Group& group) {
  std::string text;
  for (const Stage& stage : group.stages) {
    text += text.empty() ? "" : ", then ";
    text += stage.from_per_second == stage.to_per_second
                ? rate_text(stage.from_per_second)
                : fmt::format("{}..{}", rate_text(stage.from_per_second),
                              rate_text(stage.to_per_second));
    if (group.stages.size() > 1) text += " for " + format_duration(stage.length);
  }
  return fmt::format("{}, {} arrivals ({:.0f} in all)", text,
                     group.arrivals == Group::Arrivals::poisson ? "Poisson" : "constant",
                     arrivals_in(group.stages));
}

/// Requests per second that the group makes once all its users are there; nullopt where that
/// depends on the answers.
std::optional<double> steady_rate(const Group& group) {
  const double interval = std::chrono::duration<double>(group.interval).count();
  if (group.interval == nanoseconds(0) || group.wait > nanoseconds(0)) return std::nullopt;
  return static_cast<double>(group.users) / interval;
}

std::string group_text(const Group& group) {
  if (!group.stages.empty())
    return fmt::format("  {}: {}, {}\n", group.name, kind_name(group.kind), stages_text(group));
  std::string text =
      fmt::format("  {}: {}, {} users", group.name, kind_name(group.kind), group.users);
  if (group.ramp_up > nanoseconds(0)) text += " over " + format_duration(group.ramp_up);
  if (const auto rate = steady_rate(group)) text += fmt::format(", {} requests", rate_text(*rate));
  if (group.say)
    text += fmt::format(", each says something every {}", format_duration(group.say->every.max));
  if (group.log)
    text += fmt::format(", each logs something every {}", format_duration(group.log->every.max));
  return text + fmt::format(", {} sockets\n", sockets_of(group));
}

std::string needs_text(const Need& need, const Limits& limits, std::size_t sources) {
  std::string text = fmt::format("sockets: {} at most\n", need.sockets);
  text += fmt::format("descriptors: {} of {} that the hard limit allows{}\n", need.descriptors,
                      limits.descriptors,
                      need.through_proxy ? " (three per connection through network:)" : "");
  text += fmt::format("ports: {} of {} ({} source {})\n", need.sockets,
                      limits.ports_per_source * std::max<std::size_t>(1, sources),
                      std::max<std::size_t>(1, sources), sources > 1 ? "addresses" : "address");
  return text;
}

bool is_local_name(const std::string& host) {
  return host.starts_with("127.") || host == "localhost";
}

}  // namespace

Result<RunPlan> plan_run(const Scenario& scenario, const RunOptions& options) {
  const auto target = target_address(scenario.target);
  if (!target) return tl::unexpected(target.error());
  const unsigned threads = threads_of(options.threads);
  const Need need = need_of(scenario, threads);
  const Limits limits = limits_of_this_machine();
  const auto sources = !options.sources.empty()      ? options.sources
                       : is_local_name(target->host) ? loopback_sources(need.sockets)
                                                     : std::vector<std::string>{};
  RunPlan plan;
  plan.text = fmt::format("scenario: {}\ntarget: {}\n", scenario.name, scenario.target);
  plan.text +=
      fmt::format("duration: {}{}\n", format_duration(scenario.duration),
                  scenario.warmup > nanoseconds(0)
                      ? fmt::format(" after {} of warm-up", format_duration(scenario.warmup))
                      : "");
  plan.text += fmt::format("threads: {}\nusers: {}\ngroups:\n", threads, users_of(scenario));
  for (const Group& group : scenario.groups)
    plan.text += group_text(group);
  plan.text += needs_text(need, limits, sources.size());
  if (!scenario.thresholds.empty()) plan.text += "thresholds:\n";
  for (const Threshold& threshold : scenario.thresholds)
    plan.text += fmt::format("  {}{}\n", threshold.check, threshold.abort ? " (ends the run)" : "");
  const auto fits = check_fit(scenario, need, limits);
  plan.fits = fits.has_value();
  if (!fits) plan.problem = fits.error().message;
  plan.text += plan.fits
                   ? "This machine's limits allow it.\n"
                   : fmt::format("This machine's limits do not allow it: {}.\n", plan.problem);
  return plan;
}

}  // namespace rtctl
