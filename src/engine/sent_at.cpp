#include "engine/sent_at.hpp"

#include <charconv>

#include "base/time_format.hpp"

namespace rtctl::engine {
namespace {

/// Microseconds per unit: what is below 10^11 is seconds (until the year 5138), and so on.
double microseconds_per_unit(double number) {
  if (number < 1e11) return 1e6;
  if (number < 1e14) return 1e3;
  if (number < 1e17) return 1;
  return 1e-3;
}

}  // namespace

std::optional<WallTime> parse_sent_at(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return parse_rfc3339(text);
  if (!(number >= 0) || number >= 1e20) return std::nullopt;
  return WallTime(
      std::chrono::microseconds(static_cast<std::int64_t>(number * microseconds_per_unit(number))));
}

std::optional<WallTime> SentAt::in(std::string_view data) {
  const auto value = path_.find(data);
  if (!value) return std::nullopt;
  const std::string_view text = unquoted(*value);
  if (text != last_text_) {
    last_text_ = text;
    last_ = parse_sent_at(text);
  }
  return last_;
}

}  // namespace rtctl::engine
