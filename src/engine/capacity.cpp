#include "engine/capacity.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <thread>

namespace rtctl::engine {
namespace {

/// Standard streams, loops, resolver, report files; and a few per worker. A guess with room.
constexpr std::uint64_t kOwnDescriptors = 64;
constexpr std::uint64_t kDescriptorsPerThread = 12;

double peak_rate(const Group& group) {
  double peak = 0;
  for (const Stage& stage : group.stages)
    peak = std::max({peak, stage.from_per_second, stage.to_per_second});
  return peak;
}

}  // namespace

std::uint64_t sockets_of(const Group& group) {
  if (!group.stages.empty()) {
    // As many connections as answers are awaited; a healthy target answers within a second.
    const auto one_second = static_cast<std::uint64_t>(std::ceil(peak_rate(group)));
    return group.concurrency_max > 0 ? std::min(group.concurrency_max, one_second) : one_second;
  }
  const bool has_second = group.say || group.log;
  return group.users * (has_second ? 2 : 1);
}

Need need_of(const Scenario& scenario, unsigned threads, double share) {
  std::uint64_t sockets = 0;
  for (const Group& group : scenario.groups)
    sockets += sockets_of(group);
  Need need{.sockets = static_cast<std::uint64_t>(std::ceil(static_cast<double>(sockets) * share))};
  need.through_proxy = scenario.network.has_value();
  need.own_descriptors = kOwnDescriptors + kDescriptorsPerThread * threads;
  need.descriptors = need.sockets * (need.through_proxy ? 3 : 1) + need.own_descriptors;
  return need;
}

Limits limits_of_this_machine() {
  Limits limits;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) limits.descriptors = files.rlim_max;
  std::uint64_t first = 32768;
  std::uint64_t last = 60999;  // Linux' defaults
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first >> last;
  limits.ports_per_source = last >= first ? last - first + 1 : 0;
  return limits;
}

std::uint64_t raise_descriptor_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_cur;
}

std::vector<std::string> loopback_sources(std::uint64_t sockets) {
  std::vector<std::string> sources;
  if (sockets <= kSocketsPerSource) return sources;
  const std::uint64_t count = (sockets + kSocketsPerSource - 1) / kSocketsPerSource;
  for (std::uint64_t i = 0; i < count; ++i)
    sources.push_back(
        fmt::format("127.{}.{}.{}", 1 + i / 62'500 % 250, i / 250 % 250, 1 + i % 250));
  return sources;
}

std::uint64_t users_of(const Scenario& scenario) {
  std::uint64_t users = 0;
  for (const Group& group : scenario.groups)
    users += group.users;
  return users;
}

Result<void> check_fit(const Scenario& scenario, const Need& need, const Limits& limits) {
  if (limits.descriptors == 0 || need.descriptors <= limits.descriptors) return {};
  const std::uint64_t left =
      limits.descriptors - std::min(limits.descriptors, need.own_descriptors);
  const double part =
      static_cast<double>(left) / static_cast<double>(need.descriptors - need.own_descriptors);
  const auto users = static_cast<std::uint64_t>(static_cast<double>(users_of(scenario)) * part);
  return usage_error(
      fmt::format("the scenario needs {} descriptors, and the limit of open files is {}: at most "
                  "{} users fit into "
                  "one process, or spread it over {} workers",
                  need.descriptors, limits.descriptors, users,
                  part > 0 ? static_cast<std::uint64_t>(std::ceil(1 / part)) : 0));
}

unsigned threads_of(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace rtctl::engine
