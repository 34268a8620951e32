// The seam of time: what a client, a pacer or a server endpoint knows of the thread it lives on.
// The real loop is Asio's (base/asio_loop.hpp); tests drive a loop whose time is a number
// (tests/support).
#pragma once

#include <functional>
#include <utility>

#include "base/time.hpp"
#include "base/timer_queue.hpp"

namespace rtctl {

class Timer;

/// One thread, one loop. Everything but `post` and `stop` belongs to the loop's own thread.
class Loop {
 public:
  using Task = std::function<void()>;

  virtual ~Loop() = default;

  /// Monotonic time; the only source of durations and latencies.
  virtual TimePoint now() const = 0;

  /// UTC with microseconds, for what is printed or sent.
  virtual WallTime wall_now() const = 0;

  /// Runs `task` on the loop soon. May be called from any thread; tasks of one thread keep their
  /// order.
  virtual void post(Task task) = 0;

  /// Runs tasks until `stop`. A loop that was stopped may be run again.
  virtual void run() = 0;

  /// Makes `run` return after the task at hand. May be called from any thread.
  virtual void stop() = 0;

  /// Runs `task` at `due` (at once, but never inside this call, when that has passed), unless the
  /// returned Timer is cancelled or destroyed before. Late, never early.
  Timer at(TimePoint due, Task task);
  Timer after(Duration delay, Task task);

 protected:
  friend class Timer;
  virtual TimerId arm(TimePoint due, Task task) = 0;
  virtual void disarm(TimerId id) = 0;
};

/// Owns one armed timer: destroying it cancels. Movable; must not outlive its loop.
class Timer {
 public:
  Timer() = default;
  Timer(Loop& loop, TimerId id) : loop_(&loop), id_(id) {}
  Timer(Timer&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)), id_(other.id_) {}
  Timer& operator=(Timer&& other) noexcept {
    if (this != &other) {
      cancel();
      loop_ = std::exchange(other.loop_, nullptr);
      id_ = other.id_;
    }
    return *this;
  }
  ~Timer() { cancel(); }

  /// Harmless when the timer has run already.
  void cancel() {
    if (loop_ != nullptr) std::exchange(loop_, nullptr)->disarm(id_);
  }

 private:
  Loop* loop_ = nullptr;
  TimerId id_;
};

inline Timer Loop::at(TimePoint due, Task task) {
  return {*this, arm(due, std::move(task))};
}
inline Timer Loop::after(Duration delay, Task task) {
  return at(now() + delay, std::move(task));
}

}  // namespace rtctl
