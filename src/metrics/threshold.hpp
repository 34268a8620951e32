// Conditions on what was measured: `subscribers:delivery.p99 < 100ms`, `errors.rate < 0.1%`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rtctl/summary.hpp"

namespace rtctl::metrics {

/// Reads `[GROUP:]NAME[.AGGREGATE] COMPARISON VALUE`.
/// - NAME is a metric (with p50, p90, p99.9, any pN, min, max, mean, stddev, count), a counter
///   (bare or .count; .rate is per second), an error kind or `errors` (bare or .count; .rate is
///   their share of all requests and connections), or `uptime` (a share).
/// - VALUE has the unit of what it is compared with: `100ms`, `64KiB`, `0.1%`, `50/s`, `0`.
/// `groups` are the names that may stand before the colon. Error messages name what was found, what
/// is allowed and the nearest name; they have no place in front.
Result<Threshold> parse_threshold(std::string_view text, const std::vector<std::string>& groups);

/// Judges one threshold. No samples: a condition on a distribution fails.
ThresholdResult evaluate(const Threshold& threshold, const Summary& summary);

/// The words closest to `word` among `known`, for "did you mean"; "" when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace rtctl::metrics
