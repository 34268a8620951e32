// The beat of a user who asks at an interval.
#pragma once

#include <functional>

#include "engine/group_site.hpp"

namespace rtctl::engine {

/// Calls back at each planned instant, one call at a time: the next comes when `done` was called
/// and its instant is there. An answer that took longer than the interval lets the following
/// instants pass; they are made up for at once, one after the other, and count from when they were
/// planned. Belongs to one loop.
class Metronome {
 public:
  using Beat = std::function<void(TimePoint planned)>;

  Metronome(Loop& loop, Duration interval, double jitter, UserChance chance, Beat beat)
      : loop_(&loop),
        interval_(interval),
        jitter_(jitter),
        chance_(chance),
        beat_(std::move(beat)) {}

  void start(TimePoint first) {
    first_ = first;
    arm();
  }

  /// The request of the last beat is over.
  void done() {
    if (is_running_) arm();
  }

  void stop() {
    is_running_ = false;
    timer_.cancel();
  }

 private:
  void arm() {
    is_running_ = true;
    const TimePoint planned =
        first_ + interval_start(interval_, jitter_, round_++, jitter_ > 0 ? chance_.next() : 0.5);
    timer_ = loop_->at(planned, [this, planned] { beat_(planned); });
  }

  Loop* loop_;
  Duration interval_;
  double jitter_;
  UserChance chance_;
  Beat beat_;
  TimePoint first_;
  std::uint64_t round_ = 0;
  bool is_running_ = false;
  Timer timer_;
};

}  // namespace rtctl::engine
