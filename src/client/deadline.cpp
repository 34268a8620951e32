#include "client/deadline.hpp"

namespace rtctl::client {

void Deadline::set(Loop& loop, TimePoint due) {
  due_ = due;
  if (due < armed_for_) arm(loop);
}

void Deadline::arm(Loop& loop) {
  armed_for_ = due_;
  timer_ = loop.at(due_, [this, &loop] {
    armed_for_ = TimePoint::max();
    if (due_ == TimePoint::max()) return;
    if (due_ > loop.now()) return arm(loop);
    clear();
    owner_->on_deadline();
  });
}

}  // namespace rtctl::client
