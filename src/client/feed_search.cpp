#include "client/feed_search.hpp"

#include <algorithm>

namespace rtctl::client {
namespace {

constexpr std::uint64_t kFirstStep = 50;  // one answer

}  // namespace

void FeedSearch::step_back() {
  step_ = std::max(kFirstStep, 2 * step_);
  after_ = begin_ - std::min(begin_, step_);
}

bool FeedSearch::take(const std::optional<Oldest>& oldest) {
  if (after_ == 0 || !oldest || oldest->time <= since_) return true;
  step_back();
  return false;
}

}  // namespace rtctl::client
