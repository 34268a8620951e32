#include "base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace rtctl {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kNanosecondsMax = 10.0 * 365 * 24 * 3600 * 1e9;  // ten years

constexpr std::array kTimeUnits{Unit{"ns", 1},     Unit{"us", 1e3}, Unit{"ms", 1e6},
                                Unit{"s", 1e9},    Unit{"m", 60e9}, Unit{"h", 3600e9},
                                Unit{"d", 86400e9}};

constexpr std::array kSizeUnits{Unit{"", 1},          Unit{"B", 1},           Unit{"kB", 1e3},
                                Unit{"MB", 1e6},      Unit{"GB", 1e9},        Unit{"KiB", 1024},
                                Unit{"MiB", 1048576}, Unit{"GiB", 1073741824}};

template <std::size_t N>
std::optional<double> factor_of(std::string_view name, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

/// Takes a plain decimal number (digits, at most one point; no sign, no exponent) off the front.
std::optional<double> take_number(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + end, value);
  if (error != std::errc() || stop != text.data() + end) return std::nullopt;
  text.remove_prefix(end);
  return value;
}

std::string_view take_unit(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("0123456789."), text.size());
  const std::string_view unit = text.substr(0, end);
  text.remove_prefix(end);
  return unit;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  const auto wrong = [&] {
    return usage_error(
        fmt::format("\"{}\" is not a duration; write it like \"250ms\", \"5s\" or \"2m\"", text));
  };
  double total = 0;
  std::string_view rest = text;
  do {
    const auto number = take_number(rest);
    const auto factor = factor_of(take_unit(rest), kTimeUnits);
    if (!number || !factor) return wrong();
    total += *number * *factor;
  } while (!rest.empty());
  if (total > kNanosecondsMax) {
    return usage_error(fmt::format("\"{}\" is too long a duration; at most ten years", text));
  }
  return Duration(std::llround(total));
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const auto factor = factor_of(rest, kSizeUnits);
  if (!number || !factor || *number * *factor > 9e18) {
    return usage_error(
        fmt::format("\"{}\" is not a size; write it like \"512\", \"64KiB\" or \"1.5MiB\"", text));
  }
  return static_cast<std::uint64_t>(std::llround(*number * *factor));
}

Result<double> parse_rate(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const bool has_slash = !rest.empty() && rest.front() == '/';
  const auto per = has_slash ? factor_of(rest.substr(1), kTimeUnits) : std::nullopt;
  if (!number || !per)
    return usage_error(fmt::format("\"{}\" is not a rate; write it like \"50/s\"", text));
  return *number * 1e9 / *per;
}

Result<double> parse_share(std::string_view text) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const double factor = rest == "%" ? 0.01 : 1;
  if (!number || (rest != "%" && !rest.empty()) || *number * factor > 1) {
    return usage_error(
        fmt::format("\"{}\" is not a share; write it like \"5%\" or \"0.05\", at most 100%", text));
  }
  return *number * factor;
}

std::string format_duration(Duration value) {
  const std::int64_t total = value.count();
  if (total == 0) return "0s";
  if (total < 0) return "-" + format_duration(-value);
  if (total < 1'000) return fmt::format("{}ns", total);
  if (total < 1'000'000) return fmt::format("{}us", static_cast<double>(total) / 1e3);
  if (total < 1'000'000'000) return fmt::format("{}ms", static_cast<double>(total) / 1e6);
  constexpr std::int64_t kMinute = 60'000'000'000;
  const std::int64_t hours = total / (60 * kMinute);
  const std::int64_t minutes = total / kMinute % 60;
  const double seconds = static_cast<double>(total % kMinute) / 1e9;
  std::string text;
  if (hours > 0) text += fmt::format("{}h", hours);
  if (minutes > 0) text += fmt::format("{}m", minutes);
  if (seconds > 0) text += fmt::format("{}s", seconds);
  return text;
}

std::string format_latency(Duration value) {
  const auto count = static_cast<double>(value.count());
  const auto digits = [](double number, std::string_view unit) {
    const int decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f}{}", number, decimals, unit);
  };
  if (count < 1e3) return fmt::format("{}ns", value.count());
  // The limits are where rounding to three digits would print 1000 of the smaller unit.
  if (count < 999.5e3) return digits(count / 1e3, "us");
  if (count < 999.5e6) return digits(count / 1e6, "ms");
  return digits(count / 1e9, "s");
}

std::string format_wait(Duration value) {
  if (value < std::chrono::minutes(1)) return format_latency(value);
  return format_duration(std::chrono::floor<std::chrono::seconds>(value));
}

std::string format_size(std::uint64_t bytes) {
  constexpr std::array kNames{"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  const bool whole = std::abs(value - std::round(value)) < 0.05;
  return fmt::format("{:.{}f} {}", value, whole ? 0 : 1, kNames[unit]);
}

}  // namespace rtctl
