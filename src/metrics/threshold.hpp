// Conditions on what was measured: `subscribers:delivery.p99 < 100ms`, `errors.rate < 0.1%`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rtctl/summary.hpp"

namespace rtctl::metrics {

/// Reads `[GROUP:]NAME[.AGGREGATE] COMPARISON VALUE`.
/// - NAME is a metric (with p50, p90, p99.9, any pN, min, max, mean, stddev, count, rate), a
///   counter (bare or .count; .rate is per second), `errors` (bare or .count; .rate is the share of
///   attempts that failed; .KIND the number of one kind), or `uptime` (a share).
/// - VALUE has the unit of what it is compared with: `100ms`, `64KiB`, `0.1%`, `50/s`, `0`.
/// `groups` are the names that may stand before the colon. Error messages name what was found, what
/// is allowed and the nearest name; they have no place in front.
Result<Threshold> parse_threshold(std::string_view text, const std::vector<std::string>& groups);

/// Judges one threshold. Without samples a condition on a distribution fails, and `measured` is
/// nullopt. Rates need `summary.duration`.
ThresholdResult evaluate(const Threshold& threshold, const Summary& summary);

}  // namespace rtctl::metrics
