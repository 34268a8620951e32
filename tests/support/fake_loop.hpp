// A loop whose time is a number: hours pass in microseconds and every run is the same.
#pragma once

#include <deque>
#include <utility>

#include "base/loop.hpp"

namespace rtctl::test {

class FakeLoop final : public Loop {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall_now() const override {
    return kWallStart +
           std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch());
  }
  void post(Task task) override { posted_.push_back(std::move(task)); }

  /// Runs everything there is, jumping from timer to timer, until nothing is left or `stop` was
  /// called.
  void run() override {
    stopped_ = false;
    while (!stopped_ && step(TimePoint::max())) {
    }
  }
  void stop() override { stopped_ = true; }

  /// Lets `span` of virtual time pass, running what falls into it.
  void advance(Duration span) {
    const TimePoint until = now_ + span;
    stopped_ = false;
    while (!stopped_ && step(until)) {
    }
    if (!stopped_) now_ = until;
  }

  std::size_t timers() const { return timers_.size(); }

  /// 2026-01-31T12:00:00Z, the instant at which every fake loop begins.
  static constexpr WallTime kWallStart{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} +
                                       std::chrono::hours{12}};

 private:
  TimerId arm(TimePoint due, Task task) override {
    return timers_.add(std::max(due, now_), std::move(task));
  }
  void disarm(TimerId id) override { timers_.cancel(id); }

  /// Runs one posted task or one timer due by `until`; false when there is neither.
  bool step(TimePoint until) {
    if (!posted_.empty()) {
      const Task task = std::move(posted_.front());
      posted_.pop_front();
      task();
      return true;
    }
    const auto due = timers_.next_due();
    if (!due || *due > until) return false;
    now_ = std::max(now_, *due);
    timers_.pop_due(now_)();
    return true;
  }

  TimePoint now_{};
  TimerQueue timers_;
  std::deque<Task> posted_;
  bool stopped_ = false;
};

}  // namespace rtctl::test
