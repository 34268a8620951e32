// Timers of one loop: a binary heap of due times over slots that are used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/time.hpp"

namespace rtctl {

/// Names one armed timer. Never used again for another one, so cancelling late is harmless.
struct TimerId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  ///< 0 names no timer
};

/// Pure data structure: knows no clock. Timers due at the same instant run in the order they were
/// added. Not thread-safe. Add and cancel cost O(log n).
class TimerQueue {
 public:
  using Task = std::function<void()>;

  TimerId add(TimePoint due, Task task);

  /// Forgets the timer; false when it has run already or was cancelled before.
  bool cancel(TimerId id);

  /// When the earliest timer is due, or nullopt when there is none.
  std::optional<TimePoint> next_due() const;

  /// Takes out the earliest timer if it is due at `now`; the caller runs it. Empty when none is.
  Task pop_due(TimePoint now);

  /// Forgets all timers. Destroying a task may cancel others.
  void clear();

  std::size_t size() const { return heap_.size(); }

 private:
  struct Slot {
    Task task;
    std::uint32_t generation = 1;
    std::uint32_t heap_index = 0;
    bool armed = false;
  };
  struct Node {
    TimePoint due;
    std::uint64_t sequence;
    std::uint32_t slot;
  };

  static bool earlier(const Node& a, const Node& b);
  void place(std::size_t index, Node node);
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);
  Task take(std::size_t index);

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<Node> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace rtctl
