// The bytes that subscribers of one view are sent: formatted once, read by all through cursors.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

#include "rtctl/result.hpp"

namespace rtctl::server {

/// A ring whose memory is mapped twice in a row, so that any range within the capacity is one piece
/// and one `send`. Positions only grow. Belongs to one loop.
class WireLog {
 public:
  static Result<std::unique_ptr<WireLog>> make(std::uint64_t capacity_min);
  ~WireLog();
  WireLog(const WireLog&) = delete;
  WireLog& operator=(const WireLog&) = delete;

  std::uint64_t capacity() const { return capacity_; }
  std::uint64_t head() const { return head_; }  ///< position behind the newest byte
  std::uint64_t tail() const { return head_ > capacity_ ? head_ - capacity_ : 0; }

  /// At most `capacity()` bytes; overwrites the oldest. `frames`: how many events end with them.
  void append(std::string_view bytes, std::uint64_t frames);

  /// tail() <= from <= head(). Valid until the next append.
  std::string_view from(std::uint64_t position) const {
    return {base_ + (position & (capacity_ - 1)), static_cast<std::size_t>(head_ - position)};
  }

  /// Gives the memory back when that is worth the call; for when nobody needs what is before the
  /// head.
  void release();

  /// Events appended so far; and how many of them ended at or before `position` (>= tail()).
  std::uint64_t frames() const { return frames_; }
  std::uint64_t frames_until(std::uint64_t position) const;

 private:
  struct Mark {
    std::uint64_t end;     // position behind an append
    std::uint64_t frames;  // all frames up to there
  };
  WireLog(char* base, std::uint64_t capacity) : base_(base), capacity_(capacity) {}

  char* base_;
  std::uint64_t capacity_;
  std::uint64_t head_ = 0;
  std::uint64_t released_ = 0;  // what is before it has no memory any more
  std::uint64_t frames_ = 0;
  std::deque<Mark> marks_;
};

}  // namespace rtctl::server
