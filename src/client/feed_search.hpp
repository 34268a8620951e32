// Where to begin reading a feed, so that all that is newer than a time is seen although one answer
// holds only the newest of it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace rtctl::client {

/// Gallops back through answers to `?after=`, each time twice as far, until one begins at or before
/// the time. Pure. Ids are numbers that grow with time.
class FeedSearch {
 public:
  /// The oldest activity of an answer.
  struct Oldest {
    std::uint64_t id = 0;
    WallTime time;
  };

  /// `newest_page` is the oldest activity of the newest full answer.
  FeedSearch(WallTime since, const Oldest& newest_page) : since_(since), begin_(newest_page.id) {
    step_back();
  }

  /// The id to ask after: the next place to look at, or where to begin once `take` was true.
  std::uint64_t after() const { return after_; }

  /// The answer to `after()`; nullopt when it was empty. True when nothing newer than the time lies
  /// before it.
  bool take(const std::optional<Oldest>& oldest);

 private:
  void step_back();

  WallTime since_;
  std::uint64_t begin_;  ///< the id the search set out from
  std::uint64_t step_ = 0;
  std::uint64_t after_ = 0;
};

}  // namespace rtctl::client
