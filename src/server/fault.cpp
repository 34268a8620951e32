#include "server/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/units.hpp"

namespace rtctl::server {
namespace {

Result<int> parse_status(std::string_view text) {
  int status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (error != std::errc() || end != text.data() + text.size() || status < 400 || status > 599) {
    return usage_error(
        fmt::format("\"{}\" is not an error status; write one from 400 to 599", text));
  }
  return status;
}

/// Parses into `target`, which is left alone on failure.
template <typename T>
Result<void> assign(Result<T> parsed, T& target) {
  if (!parsed) return tl::unexpected(parsed.error());
  target = *parsed;
  return {};
}

Result<void> set_key(FaultRule& rule, bool& status_given, std::string_view key,
                     std::string_view value) {
  if (key == "latency") return assign(parse_duration(value), rule.latency);
  if (key == "jitter") return assign(parse_duration(value), rule.jitter);
  if (key == "error") return assign(parse_share(value), rule.error);
  if (key == "drop") return assign(parse_share(value), rule.drop);
  if (key == "stall") return assign(parse_share(value), rule.stall);
  if (key == "status") {
    status_given = true;
    return assign(parse_status(value), rule.status);
  }
  return usage_error(fmt::format(
      "\"{}\" is no fault; there are latency, jitter, error, drop, stall and status", key));
}

}  // namespace

Result<FaultRule> parse_fault(std::string_view spec) {
  FaultRule rule;
  bool status_given = false;
  const std::size_t at = spec.find('@');
  if (at != std::string_view::npos) {
    rule.path = spec.substr(at + 1);
    if (!rule.path.starts_with('/')) {
      return usage_error(
          fmt::format("fault \"{}\": what follows @ must be a path such as /api/events", spec));
    }
  }
  std::string_view rest = spec.substr(0, at);
  do {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) {
      return usage_error(
          fmt::format("fault \"{}\": write it like \"error=5%,drop=1%@/api/events\"", spec));
    }
    const auto set = set_key(rule, status_given, item.substr(0, equals), item.substr(equals + 1));
    if (!set) return usage_error(fmt::format("fault \"{}\": {}", spec, set.error().message));
  } while (!rest.empty());
  if (rule.error + rule.drop + rule.stall > 1) {
    return usage_error(
        fmt::format("fault \"{}\": error, drop and stall add up to more than 100%", spec));
  }
  const bool share_given = rule.error + rule.drop + rule.stall > 0;
  if (status_given && !share_given) rule.error = 1;
  return rule;
}

Fault draw_fault(const std::vector<FaultRule>& rules, std::string_view path, Random& random) {
  auto rule = std::ranges::find(rules, path, &FaultRule::path);
  if (rule == rules.end()) rule = std::ranges::find(rules, "", &FaultRule::path);
  if (rule == rules.end()) return {};
  Fault fault;
  const double spread = (2 * uniform(random) - 1) * static_cast<double>(rule->jitter.count());
  fault.delay =
      std::max(Duration::zero(), rule->latency + Duration(static_cast<std::int64_t>(spread)));
  const double drawn = uniform(random);
  if (drawn < rule->error)
    fault.status = rule->status;
  else if (drawn < rule->error + rule->drop)
    fault.drop = true;
  else if (drawn < rule->error + rule->drop + rule->stall)
    fault.stall = true;
  return fault;
}

}  // namespace rtctl::server
