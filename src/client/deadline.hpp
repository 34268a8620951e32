// A time-out that is moved far more often than it fires.
#pragma once

#include "base/loop.hpp"

namespace rtctl::client {

/// Told when a Deadline has passed.
class DeadlineOwner {
 public:
  virtual void on_deadline() = 0;

 protected:
  ~DeadlineOwner() = default;
};

/// Moving it later costs a store: the timer that is armed stays, and when it fires it looks whether
/// the deadline has moved on. Not movable; belongs to one loop.
class Deadline {
 public:
  explicit Deadline(DeadlineOwner& owner) : owner_(&owner) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void set(Loop& loop, TimePoint due);

  /// Nothing will fire; a timer that is armed is left to find that out.
  void clear() { due_ = TimePoint::max(); }

 private:
  void arm(Loop& loop);

  DeadlineOwner* owner_;
  TimePoint due_ = TimePoint::max();
  TimePoint armed_for_ = TimePoint::max();
  Timer timer_;
};

}  // namespace rtctl::client
