// How numbers, shares of text and headings are written, the same in all reports for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rtctl/summary.hpp"

namespace rtctl::report {

/// 1234567 is "1,234,567".
std::string grouped(std::uint64_t number);

/// A recorded value: a latency, or bytes for `payload`.
std::string value_text(std::string_view metric, double value);

/// "/s" with as many digits as say something.
std::string rate_text(double per_second);

/// How long a run was, to the millisecond: one that was interrupted ends at no round time.
std::string duration_text(std::chrono::nanoseconds duration);

double seconds_of(const Summary& summary);

/// Whether every threshold held, in a run in which something succeeded.
bool passed(const Summary& summary);

/// Columns of a text on a terminal, for UTF-8 without wide characters.
std::size_t width_of(std::string_view text);

/// `text` with spaces after (or before) it.
std::string left(std::string_view text, std::size_t width);
std::string right(std::string_view text, std::size_t width);

/// Control characters out: a peer's text must not steer the terminal.
std::string printable(std::string_view text);

/// Text as XML and HTML want it, in content and in attributes. What XML 1.0 does not allow becomes
/// U+FFFD.
std::string escaped(std::string_view text);

/// Names of the group's metrics in their usual order; those of a later version after them.
std::vector<std::string> metric_order(const GroupSummary& group);

/// The percentiles that tables show.
struct Percentile {
  std::string_view name;
  double q;
};
const std::vector<Percentile>& percentiles();

}  // namespace rtctl::report
