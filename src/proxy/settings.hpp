// An impairment as text, the same for flags, scripts, the control port and scenario files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/impairment.hpp"
#include "rtctl/result.hpp"

namespace rtctl::proxy {

/// Sets one value by its name: latency, jitter, slow_open, stall_every, stall, cut_every
/// (durations), bandwidth ("256KiB/s"), cut_after, segment (sizes), reset (true, false), refuse (a
/// share, true, false), preset (a name: replaces everything). Unknown names and wrong values are
/// errors.
Result<void> apply_setting(Impairment& impairment, std::string_view name, std::string_view value);

/// Applies "latency=80ms jitter=20ms", in order; the word "clear" takes every impairment away.
Result<void> apply_settings(Impairment& impairment, std::string_view text);

/// The settings that differ from none, as apply_settings reads them; "clear" when there are none.
std::string format_settings(const Impairment& impairment);

/// A ready-made path by name, in everyday order of badness.
struct Preset {
  std::string_view name;
  std::string_view what;  ///< one line for people
  Impairment impairment;
};

const std::vector<Preset>& presets();

/// The names of settings that take a value of their own, `preset` not included.
const std::vector<std::string>& setting_names();

}  // namespace rtctl::proxy
