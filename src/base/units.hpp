// Durations, sizes, rates and shares as people write them: "250ms", "64KiB", "100/s", "5%".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "rtctl/result.hpp"

namespace rtctl {

/// "250ms", "1.5s", "2m", "1h", "10us", "100ns"; several in a row add up ("1m30s"). "0" needs no
/// unit. Negative, empty and unit-less text is an error, as is more than ten years.
Result<Duration> parse_duration(std::string_view text);

/// Bytes: "512", "64KiB", "1.5MiB", "1GiB", and decimal "10kB", "1MB", "1GB". "B" alone is allowed.
Result<std::uint64_t> parse_size(std::string_view text);

/// Per second: "100/s", "30/m", "2.5/s", "1000/h". Zero is allowed; a missing "/unit" is an error.
Result<double> parse_rate(std::string_view text);

/// A share from 0 to 1: "5%" or "0.05".
Result<double> parse_share(std::string_view text);

/// The shortest exact form a person would write: 250ms, 1.5s, 2m, 1h30m. parse_duration reads it
/// back.
std::string format_duration(Duration value);

/// Three significant digits for tables: 1.23ms, 45.6us, 789ns, 12.3s.
std::string format_latency(Duration value);

/// The same up to a minute, then whole seconds as a person says them: 850ms, 2.60s, 1h30m, 24h.
std::string format_wait(Duration value);

/// Binary units with at most one decimal: 512 B, 64 KiB, 1.5 MiB.
std::string format_size(std::uint64_t bytes);

}  // namespace rtctl
