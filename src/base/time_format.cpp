#include "base/time_format.hpp"

#include <fmt/format.h>

#include <array>

namespace rtctl {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Reads a text from its front; after the first mismatch everything fails.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    if (rest_.size() < count) return refuse();
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return refuse();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  bool literal(std::string_view expected) {
    if (!rest_.starts_with(expected)) return refuse() != 0;
    rest_.remove_prefix(expected.size());
    return true;
  }

  /// Takes one character if it is one of `choices`; '\0' otherwise, which is no failure.
  char maybe(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) return '\0';
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
  }

  template <std::size_t N>
  int name(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
      if (rest_.starts_with(names[i])) {
        rest_.remove_prefix(names[i].size());
        return static_cast<int>(i);
      }
    }
    return refuse();
  }

  void skip_until(char stop) {
    const std::size_t at = rest_.find(stop);
    if (at == std::string_view::npos)
      refuse();
    else
      rest_.remove_prefix(at);
  }

  bool at_end() const { return rest_.empty(); }
  bool good() const { return good_; }
  int refuse() {
    good_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

struct Civil {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
};

std::optional<WallTime> to_time(const Civil& c, microseconds fraction = microseconds{0}) {
  const year_month_day date{year{c.year}, month{static_cast<unsigned>(c.month)},
                            day{static_cast<unsigned>(c.day)}};
  // 60 is a leap second, which both formats allow; it becomes the second after.
  if (!date.ok() || c.hour > 23 || c.minute > 59 || c.second > 60) return std::nullopt;
  return WallTime(sys_days{date}.time_since_epoch() + hours{c.hour} + minutes{c.minute} +
                  seconds{c.second} + fraction);
}

Civil to_civil(WallTime time) {
  const auto midnight = floor<days>(time);
  const year_month_day date{midnight};
  const hh_mm_ss clock{floor<seconds>(time - midnight)};
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

microseconds take_fraction(Cursor& cursor) {
  if (cursor.maybe(".,") == '\0') return microseconds{0};
  int value = 0;
  int taken = 0;
  while (const char digit = cursor.maybe("0123456789")) {
    if (taken < 6) value = value * 10 + (digit - '0');
    ++taken;
  }
  if (taken == 0) cursor.refuse();
  for (int i = taken; i < 6; ++i)
    value *= 10;
  return microseconds{value};
}

minutes take_offset(Cursor& cursor) {
  const char sign = cursor.maybe("Zz+-");
  if (sign == '\0') cursor.refuse();
  if (sign != '+' && sign != '-') return minutes{0};
  const int hour = cursor.digits(2);
  cursor.maybe(":");
  const minutes offset = hours{hour} + minutes{cursor.digits(2)};
  return sign == '+' ? offset : -offset;
}

void take_clock(Cursor& cursor, Civil& c) {
  c.hour = cursor.digits(2);
  cursor.literal(":");
  c.minute = cursor.digits(2);
  cursor.literal(":");
  c.second = cursor.digits(2);
}

std::optional<WallTime> finish(const Cursor& cursor, const Civil& c) {
  if (!cursor.good() || !cursor.at_end()) return std::nullopt;
  return to_time(c);
}

std::optional<WallTime> parse_imf_fixdate(std::string_view text) {
  Cursor cursor(text);
  Civil c;
  cursor.name(kDays);
  cursor.literal(", ");
  c.day = cursor.digits(2);
  cursor.literal(" ");
  c.month = cursor.name(kMonths) + 1;
  cursor.literal(" ");
  c.year = cursor.digits(4);
  cursor.literal(" ");
  take_clock(cursor, c);
  cursor.literal(" GMT");
  return finish(cursor, c);
}

std::optional<WallTime> parse_rfc850_date(std::string_view text) {
  Cursor cursor(text);
  Civil c;
  cursor.name(kDays);
  cursor.skip_until(',');
  cursor.literal(", ");
  c.day = cursor.digits(2);
  cursor.literal("-");
  c.month = cursor.name(kMonths) + 1;
  cursor.literal("-");
  const int two_digits = cursor.digits(2);
  c.year = two_digits < 70 ? 2000 + two_digits : 1900 + two_digits;
  cursor.literal(" ");
  take_clock(cursor, c);
  cursor.literal(" GMT");
  return finish(cursor, c);
}

std::optional<WallTime> parse_asctime(std::string_view text) {
  Cursor cursor(text);
  Civil c;
  cursor.name(kDays);
  cursor.literal(" ");
  c.month = cursor.name(kMonths) + 1;
  cursor.literal(" ");
  c.day = cursor.maybe(" ") != '\0' ? cursor.digits(1) : cursor.digits(2);
  cursor.literal(" ");
  take_clock(cursor, c);
  cursor.literal(" ");
  c.year = cursor.digits(4);
  return finish(cursor, c);
}

}  // namespace

std::string format_rfc3339(WallTime time) {
  const Civil c = to_civil(time);
  const auto fraction = (time - floor<seconds>(time)).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", c.year, c.month, c.day, c.hour,
                     c.minute, c.second, fraction);
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  Cursor cursor(text);
  Civil c;
  c.year = cursor.digits(4);
  cursor.literal("-");
  c.month = cursor.digits(2);
  cursor.literal("-");
  c.day = cursor.digits(2);
  if (cursor.good() && cursor.at_end()) return to_time(c);
  if (cursor.maybe("Tt ") == '\0') return std::nullopt;
  take_clock(cursor, c);
  const microseconds fraction = take_fraction(cursor);
  const minutes offset = take_offset(cursor);
  if (!cursor.good() || !cursor.at_end()) return std::nullopt;
  const auto local = to_time(c, fraction);
  if (!local) return std::nullopt;
  return *local - offset;
}

std::string format_http_date(WallTime time) {
  const Civil c = to_civil(time);
  const weekday day{floor<days>(time)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[day.c_encoding()], c.day,
                     kMonths[static_cast<std::size_t>(c.month - 1)], c.year, c.hour, c.minute,
                     c.second);
}

std::optional<WallTime> parse_http_date(std::string_view text) {
  if (const auto time = parse_imf_fixdate(text)) return time;
  if (const auto time = parse_rfc850_date(text)) return time;
  return parse_asctime(text);
}

}  // namespace rtctl
