// Where the users of one group write down what happened to them.
#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "client/failure.hpp"
#include "metrics/recorder.hpp"

namespace rtctl::engine {

/// How long something was so, summed over users, from how many it is so for: adding up at each
/// change costs the same for one user and for ten thousand.
class Level {
 public:
  explicit Level(metrics::Counter counter) : counter_(counter) {}

  void change(int by, TimePoint now, metrics::Recorder& recorder) {
    settle(now, recorder);
    level_ += by;
  }

  /// Adds the time since the last change, so that a hand-over has it.
  void settle(TimePoint now, metrics::Recorder& recorder) {
    if (level_ > 0 && now > since_) recorder.add_time(counter_, (now - since_) * level_);
    since_ = now;
  }

 private:
  metrics::Counter counter_;
  TimePoint since_;
  std::int64_t level_ = 0;
};

/// One group on one worker. The recorder behind it is another one after each hand-over.
class Ledger {
 public:
  explicit Ledger(metrics::Recorder& recorder) : recorder_(&recorder) {}

  metrics::Recorder& operator*() const { return *recorder_; }
  metrics::Recorder* operator->() const { return recorder_; }

  /// Goes on with another recorder; what belongs to the time until now is in the first.
  void turn_page(TimePoint now, metrics::Recorder& next) {
    open_.settle(now, *recorder_);
    wanted_.settle(now, *recorder_);
    recorder_ = &next;
  }

  /// A stream is (not) open, and should (not) be.
  void change_open(int by, TimePoint now) { open_.change(by, now, *recorder_); }
  void change_wanted(int by, TimePoint now) { wanted_.change(by, now, *recorder_); }

  void fail(client::Failure failure, std::string_view detail);

 private:
  metrics::Recorder* recorder_;
  Level open_{metrics::Counter::time_open};
  Level wanted_{metrics::Counter::time_wanted};
};

}  // namespace rtctl::engine
