#include "proxy/script.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "proxy/settings.hpp"

namespace rtctl::proxy {
namespace {

Result<ScriptStep> parse_line(std::string_view line, const ScriptStep& before) {
  const std::size_t space = std::min(line.find_first_of(" \t"), line.size());
  const auto at = parse_duration(line.substr(0, space));
  if (!at) return tl::unexpected(at.error());
  if (*at < before.at)
    return usage_error(fmt::format("{} is before the line above", line.substr(0, space)));
  ScriptStep step{*at, before.impairment};
  if (line.find_first_not_of(" \t\r", space) == std::string_view::npos) {
    return usage_error("a time stands alone; say what changes, as in \"10s latency=200ms\"");
  }
  if (const auto set = apply_settings(step.impairment, line.substr(space)); !set)
    return tl::unexpected(set.error());
  return step;
}

}  // namespace

Result<std::vector<ScriptStep>> parse_script(std::string_view text, std::string_view name,
                                             const Impairment& start) {
  std::vector<ScriptStep> steps;
  ScriptStep before{Duration::zero(), start};
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto step = parse_line(line, before);
    if (!step) return usage_error(fmt::format("{}:{}: {}", name, number, step.error().message));
    before = *step;
    steps.push_back(*step);
  }
  return steps;
}

}  // namespace rtctl::proxy
