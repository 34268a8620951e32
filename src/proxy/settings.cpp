#include "proxy/settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "base/units.hpp"

namespace rtctl::proxy {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKiB = 1024;

template <typename T>
Result<void> assign(Result<T> parsed, T& target) {
  if (!parsed) return tl::unexpected(parsed.error());
  target = *parsed;
  return {};
}

Result<std::uint64_t> parse_bandwidth(std::string_view text) {
  if (text == "0") return std::uint64_t{0};
  const auto wrong = [&] {
    return usage_error(fmt::format("\"{}\" is not a bandwidth; write it like \"256KiB/s\"", text));
  };
  if (!text.ends_with("/s")) return wrong();
  const auto size = parse_size(text.substr(0, text.size() - 2));
  if (!size) return wrong();
  return *size;
}

Result<bool> parse_bool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return usage_error(fmt::format("\"{}\" is neither true nor false", text));
}

Result<double> parse_refuse(std::string_view text) {
  if (const auto all = parse_bool(text)) return *all ? 1.0 : 0.0;
  return parse_share(text);
}

Result<void> apply_preset(Impairment& impairment, std::string_view name) {
  const auto found = std::ranges::find(presets(), name, &Preset::name);
  if (found != presets().end()) {
    impairment = found->impairment;
    return {};
  }
  std::vector<std::string_view> names;
  for (const Preset& preset : presets())
    names.push_back(preset.name);
  return usage_error(
      fmt::format("\"{}\" is no preset; there are {}", name, fmt::join(names, ", ")));
}

void add_duration(std::string& text, std::string_view name, Duration value) {
  if (value != Duration::zero()) text += fmt::format("{}={} ", name, format_duration(value));
}

void add_number(std::string& text, std::string_view name, std::uint64_t value,
                std::string_view unit) {
  if (value != 0) text += fmt::format("{}={}{} ", name, value, unit);
}

}  // namespace

Result<void> apply_setting(Impairment& impairment, std::string_view name, std::string_view value) {
  if (name == "latency") return assign(parse_duration(value), impairment.latency);
  if (name == "jitter") return assign(parse_duration(value), impairment.jitter);
  if (name == "slow_open") return assign(parse_duration(value), impairment.slow_open);
  if (name == "stall_every") return assign(parse_duration(value), impairment.stall_every);
  if (name == "stall") return assign(parse_duration(value), impairment.stall);
  if (name == "cut_every") return assign(parse_duration(value), impairment.cut_every);
  if (name == "bandwidth") return assign(parse_bandwidth(value), impairment.bandwidth);
  if (name == "cut_after") return assign(parse_size(value), impairment.cut_after);
  if (name == "segment") return assign(parse_size(value), impairment.segment);
  if (name == "reset") return assign(parse_bool(value), impairment.reset);
  if (name == "refuse") return assign(parse_refuse(value), impairment.refuse);
  if (name == "preset") return apply_preset(impairment, value);
  const std::string near = nearest(name, setting_names());
  return usage_error(
      fmt::format("\"{}\" is no setting{}", name,
                  near.empty() ? fmt::format("; there are {}", fmt::join(setting_names(), ", "))
                               : fmt::format("; did you mean \"{}\"?", near)));
}

Result<void> apply_settings(Impairment& impairment, std::string_view text) {
  Impairment changed = impairment;
  std::size_t begin = 0;
  while ((begin = text.find_first_not_of(" \t\r", begin)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t\r", begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    begin = end;
    if (word == "clear") {
      changed = {};
      continue;
    }
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
      return usage_error(
          fmt::format("\"{}\" is no setting; write it like \"latency=80ms\", or \"clear\"", word));
    }
    if (auto set = apply_setting(changed, word.substr(0, equals), word.substr(equals + 1)); !set)
      return set;
  }
  impairment = changed;
  return {};
}

std::string format_settings(const Impairment& impairment) {
  std::string text;
  add_duration(text, "latency", impairment.latency);
  add_duration(text, "jitter", impairment.jitter);
  add_number(text, "bandwidth", impairment.bandwidth, "/s");
  add_duration(text, "slow_open", impairment.slow_open);
  add_duration(text, "stall_every", impairment.stall_every);
  add_duration(text, "stall", impairment.stall);
  add_duration(text, "cut_every", impairment.cut_every);
  add_number(text, "cut_after", impairment.cut_after, "");
  if (impairment.reset) text += "reset=true ";
  add_number(text, "segment", impairment.segment, "");
  if (impairment.refuse > 0) text += fmt::format("refuse={:g}% ", impairment.refuse * 100);
  if (text.empty()) return "clear";
  text.pop_back();
  return text;
}

const std::vector<Preset>& presets() {
  // Guesses of what such paths are like on an ordinary day, for repeatable trouble rather than for
  // simulation.
  static const std::vector<Preset> kPresets{
      {"broadband",
       "a home connection",
       {.latency = 10ms, .jitter = 3ms, .bandwidth = 6400 * kKiB}},
      {"4g",
       "a phone with good reception",
       {.latency = 35ms, .jitter = 15ms, .bandwidth = 1500 * kKiB}},
      {"3g",
       "a phone at the edge of town",
       {.latency = 100ms, .jitter = 40ms, .bandwidth = 200 * kKiB}},
      {"edge",
       "a phone in the countryside",
       {.latency = 300ms, .jitter = 100ms, .bandwidth = 24 * kKiB}},
      {"satellite",
       "far, steady and wide",
       {.latency = 300ms, .jitter = 10ms, .bandwidth = 1000 * kKiB}},
      {"bad-wifi",
       "a hotel: often silent for a moment",
       {.latency = 15ms,
        .jitter = 60ms,
        .bandwidth = 500 * kKiB,
        .stall_every = 8s,
        .stall = 1500ms}},
      {"train",
       "tunnels and handovers: silences and lost connections",
       {.latency = 60ms,
        .jitter = 50ms,
        .bandwidth = 300 * kKiB,
        .stall_every = 30s,
        .stall = 6s,
        .cut_every = 90s,
        .reset = true}},
  };
  return kPresets;
}

const std::vector<std::string>& setting_names() {
  static const std::vector<std::string> kNames{"latency",     "jitter",  "bandwidth", "slow_open",
                                               "stall_every", "stall",   "cut_every", "cut_after",
                                               "reset",       "segment", "refuse"};
  return kNames;
}

}  // namespace rtctl::proxy
