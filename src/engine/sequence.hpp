// Watches the numbers of one stream's events: what was lost, came twice, came out of order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace rtctl::engine {

/// What one number was.
enum class Arrival : std::uint8_t {
  in_order,
  late,   ///< fills a gap: reordered, and not lost
  again,  ///< seen before: duplicated
};

/// One per stream, kept over its reconnections: a gap that a replay fills is not lost. The first
/// number is where watching begins; a lower one that comes later is taken as seen before. Memory: a
/// few words in the usual case, and one range per open gap, at most kGapsMax; beyond that the
/// oldest gap is given up (its numbers are lost, and seen after all they count as seen before).
class SequenceTracker {
 public:
  static constexpr std::size_t kGapsMax = 64;

  struct Seen {
    Arrival arrival = Arrival::in_order;
    std::uint64_t given_up = 0;  ///< numbers that are now counted as lost
  };

  Seen see(std::uint64_t number);

  /// Numbers missing now that may still come.
  std::uint64_t missing() const;

  /// What is missing will not come any more: returns how much that is and forgets it.
  std::uint64_t settle();

 private:
  struct Range {
    std::uint64_t first, last;
    std::uint64_t count() const { return last - first + 1; }
  };

  bool fill(std::uint64_t number);
  std::uint64_t give_up_oldest();

  std::uint64_t next_ = 0;
  std::unique_ptr<std::vector<Range>> gaps_;  ///< ascending, apart from each other; null: none
  bool has_begun_ = false;
};

/// A decimal number of at most 19 digits; nullopt for anything else. Ids that are no numbers cannot
/// be watched.
std::optional<std::uint64_t> sequence_number(std::string_view text);

}  // namespace rtctl::engine
