// Impairments that change over time, from a file.
#pragma once

#include <string_view>
#include <vector>

#include "proxy/impairment.hpp"
#include "rtctl/result.hpp"

namespace rtctl::proxy {

struct ScriptStep {
  Duration at{};          ///< since the proxy's start
  Impairment impairment;  ///< the whole path from then on
};

/// A line per step, "10s latency=200ms": when, and what changes against the line before; "30s
/// clear" ends all trouble. Empty lines and lines that begin with # are skipped. Times must not go
/// back. `start` is what the first line changes, `name` opens every message ("name:line: ").
Result<std::vector<ScriptStep>> parse_script(std::string_view text, std::string_view name,
                                             const Impairment& start);

}  // namespace rtctl::proxy
