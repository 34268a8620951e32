// When an event was sent, as its data says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "engine/json_scan.hpp"

namespace rtctl::engine {

/// A time stamp's text as a wall time: RFC 3339, or a number since 1970 whose size tells its unit
/// (seconds, milliseconds, microseconds or nanoseconds; fractions are allowed).
std::optional<WallTime> parse_sent_at(std::string_view text);

/// One per group and worker. A broadcast brings the same time stamp to thousands of streams one
/// after the other, so the last one is remembered.
class SentAt {
 public:
  /// "": there is none.
  explicit SentAt(std::string_view pointer) : path_(pointer), is_wanted_(!pointer.empty()) {}

  bool is_wanted() const { return is_wanted_; }

  /// nullopt when the data holds no time stamp there.
  std::optional<WallTime> in(std::string_view data);

 private:
  JsonPath path_;
  bool is_wanted_;
  std::string last_text_;
  std::optional<WallTime> last_;
};

}  // namespace rtctl::engine
