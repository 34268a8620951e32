// Which events a report counts.
#pragma once

#include <cstdint>

namespace rtctl::engine {

/// In a stream whose events have ids, those with an id count: they are what the server published,
/// and its own figures count the same. A greeting without an id is no event of that sequence. In a
/// stream without ids every event counts. Which of the two a stream is shows after its first two
/// events, so a first one without an id waits until then.
class EventCount {
 public:
  /// How many more events there are, now that this one is known.
  std::uint64_t see(bool has_id) {
    if (has_id) {
      kind_ = Kind::numbered;
      return 1;
    }
    switch (kind_) {
      case Kind::unknown:
        kind_ = Kind::one_waits;
        return 0;
      case Kind::one_waits:
        kind_ = Kind::plain;
        return 2;
      case Kind::plain:
        return 1;
      case Kind::numbered:
        break;
    }
    return 0;
  }

  /// The stream ended: an event that waited counts after all.
  std::uint64_t settle() {
    if (kind_ != Kind::one_waits) return 0;
    kind_ = Kind::unknown;
    return 1;
  }

 private:
  enum class Kind : std::uint8_t { unknown, one_waits, plain, numbered } kind_ = Kind::unknown;
};

}  // namespace rtctl::engine
