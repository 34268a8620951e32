// One measured value, found by name: what `NAME.AGGREGATE` of a threshold refers to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rtctl/summary.hpp"

namespace rtctl::metrics {

/// What a measured value is, which decides how it is written and what it may be compared with.
enum class Unit { time, bytes, per_second, share, count };

struct Measure {
  std::string name;       ///< a metric, a counter, `errors` or `uptime`
  std::string aggregate;  ///< "" for a bare counter
  Unit unit = Unit::count;
};

/// Checks a name and its aggregate. The error says what is known and what was probably meant.
Result<Measure> find_measure(std::string_view name, std::string_view aggregate);

/// Its value in a group (nanoseconds, bytes, per second, share of 1, number); nullopt when nothing
/// was measured. `seconds` is the length of the run, for rates.
std::optional<double> value_of(const Measure& measure, const GroupSummary& group, double seconds);

/// "87.1ms", "1.5 KiB", "0.02%", "49.9/s", "1,200".
std::string format_value(double value, Unit unit);

/// The share that a percentile aggregate asks for: "p99.9" is 0.999; nullopt for anything else.
std::optional<double> percentile_of(std::string_view aggregate);

/// All names that may stand in a threshold, metrics first.
std::vector<std::string> measure_names();

/// Share of attempts that failed; nullopt when there were neither attempts nor errors.
std::optional<double> error_rate(const GroupSummary& group);
std::uint64_t error_count(const GroupSummary& group);

/// Whether errors are all that came of a run, or not even those: no threshold can say that it went
/// well.
bool nothing_succeeded(const GroupSummary& total);

/// Time open over time wanted; nullopt when no stream was wanted.
std::optional<double> uptime(const GroupSummary& group);

/// 0 when the group has no such counter.
std::uint64_t counter(const GroupSummary& group, std::string_view name);

}  // namespace rtctl::metrics
