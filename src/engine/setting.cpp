#include "engine/setting.hpp"

#include "base/random.hpp"

namespace rtctl::engine {
namespace {

constexpr int kReachSeconds = 5;  // as the connect time-out of the users by default

}  // namespace

Result<Setting> settle(const Scenario& scenario, const RunOptions& options) {
  Setting setting;
  setting.threads = threads_of(options.threads);
  setting.limits = limits_of_this_machine();
  const Need need =
      need_of(scenario, setting.threads, 1.0 / static_cast<double>(options.share.count));
  if (const auto fits = check_fit(scenario, need, setting.limits); !fits)
    return tl::unexpected(fits.error());
  raise_descriptor_limit();
  const auto target = target_address(scenario.target);
  if (!target) return tl::unexpected(target.error());
  auto reached = reach(*target, kReachSeconds);
  if (!reached) return tl::unexpected(reached.error());
  setting.reached = *reached;
  setting.sources = options.sources;
  if (setting.sources.empty() && reached->is_loopback4)
    setting.sources = loopback_sources(need.sockets);
  setting.seed = scenario.seed.value_or(options.seed != 0 ? options.seed : random_seed());
  if (scenario.network) {
    auto path = start_impaired_path(*scenario.network, scenario.target, *target, setting.seed);
    if (!path) return tl::unexpected(path.error());
    setting.path = std::move(*path);
  }
  return setting;
}

}  // namespace rtctl::engine
