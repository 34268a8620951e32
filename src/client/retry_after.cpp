#include "client/retry_after.hpp"

#include <algorithm>
#include <charconv>

#include "base/time_format.hpp"

namespace rtctl::client {
namespace {

constexpr std::chrono::seconds kMax = std::chrono::hours(24 * 365);

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<Duration> parse_retry_after(std::string_view value, WallTime now) {
  if (is_digits(value)) {
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (parsed.ec != std::errc()) return kMax;
    return std::min<std::int64_t>(seconds, kMax.count()) * std::chrono::seconds(1);
  }
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  const auto wait = std::clamp<WallTime::duration>(*date - now, WallTime::duration::zero(), kMax);
  return Duration(wait);
}

}  // namespace rtctl::client
