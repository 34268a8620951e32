#include "base/timer_queue.hpp"

#include <utility>

namespace rtctl {
namespace {

/// By a quarter instead of to the double: with ten thousand timers the spare room would be half a
/// megabyte, and adding still costs a constant on average.
template <typename T>
void make_room(std::vector<T>& items) {
  if (items.size() == items.capacity()) items.reserve(items.size() + items.size() / 4 + 16);
}

}  // namespace

bool TimerQueue::earlier(const Node& a, const Node& b) {
  return a.due != b.due ? a.due < b.due : a.sequence < b.sequence;
}

void TimerQueue::place(std::size_t index, Node node) {
  heap_[index] = node;
  slots_[node.slot].heap_index = static_cast<std::uint32_t>(index);
}

void TimerQueue::sift_up(std::size_t index) {
  const Node node = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!earlier(node, heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, node);
}

void TimerQueue::sift_down(std::size_t index) {
  const Node node = heap_[index];
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && earlier(heap_[child + 1], heap_[child])) ++child;
    if (!earlier(heap_[child], node)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, node);
}

TimerId TimerQueue::add(TimePoint due, Task task) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    make_room(slots_);
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot].task = std::move(task);
  slots_[slot].armed = true;
  make_room(heap_);
  heap_.push_back({due, sequence_++, slot});
  sift_up(heap_.size() - 1);
  return {slot, slots_[slot].generation};
}

TimerQueue::Task TimerQueue::take(std::size_t index) {
  const std::uint32_t taken = heap_[index].slot;
  Slot& slot = slots_[taken];
  Task task = std::exchange(slot.task, nullptr);
  slot.armed = false;
  if (++slot.generation == 0) slot.generation = 1;
  free_.push_back(taken);
  const Node last = heap_.back();
  heap_.pop_back();
  if (index < heap_.size()) {
    place(index, last);
    sift_up(index);
    sift_down(slots_[last.slot].heap_index);
  }
  return task;
}

bool TimerQueue::cancel(TimerId id) {
  if (id.generation == 0 || id.slot >= slots_.size()) return false;
  const Slot& slot = slots_[id.slot];
  if (!slot.armed || slot.generation != id.generation) return false;
  take(slot.heap_index);
  return true;
}

std::optional<TimePoint> TimerQueue::next_due() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due;
}

TimerQueue::Task TimerQueue::pop_due(TimePoint now) {
  if (heap_.empty() || heap_.front().due > now) return nullptr;
  return take(0);
}

void TimerQueue::clear() {
  while (!heap_.empty())
    take(heap_.size() - 1);
}

}  // namespace rtctl
