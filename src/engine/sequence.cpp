#include "engine/sequence.hpp"

#include <algorithm>
#include <charconv>

namespace rtctl::engine {

SequenceTracker::Seen SequenceTracker::see(std::uint64_t number) {
  if (has_begun_ && number < next_) {
    const bool was_missing = fill(number);
    return {was_missing ? Arrival::late : Arrival::again, give_up_oldest()};
  }
  if (has_begun_ && number > next_) {
    if (!gaps_) gaps_ = std::make_unique<std::vector<Range>>();
    gaps_->push_back({next_, number - 1});
  }
  has_begun_ = true;
  next_ = number + 1;
  return {Arrival::in_order, give_up_oldest()};
}

bool SequenceTracker::fill(std::uint64_t number) {
  if (!gaps_) return false;
  const auto ends_before = [](const Range& range, std::uint64_t n) { return range.last < n; };
  const auto gap = std::lower_bound(gaps_->begin(), gaps_->end(), number, ends_before);
  if (gap == gaps_->end() || number < gap->first) return false;
  if (gap->first == gap->last) {
    gaps_->erase(gap);
    if (gaps_->empty()) gaps_.reset();
  } else if (number == gap->first) {
    ++gap->first;
  } else if (number == gap->last) {
    --gap->last;
  } else {
    const Range upper{number + 1, gap->last};
    gap->last = number - 1;
    gaps_->insert(gap + 1, upper);
  }
  return true;
}

std::uint64_t SequenceTracker::give_up_oldest() {
  if (!gaps_ || gaps_->size() <= kGapsMax) return 0;
  const std::uint64_t count = gaps_->front().count();
  gaps_->erase(gaps_->begin());
  return count;
}

std::uint64_t SequenceTracker::missing() const {
  std::uint64_t count = 0;
  if (gaps_)
    for (const Range& gap : *gaps_)
      count += gap.count();
  return count;
}

std::uint64_t SequenceTracker::settle() {
  const std::uint64_t count = missing();
  gaps_.reset();
  return count;
}

std::optional<std::uint64_t> sequence_number(std::string_view text) {
  constexpr std::size_t kDigitsMax = 19;  // all of them fit into 64 bits
  if (text.empty() || text.size() > kDigitsMax) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace rtctl::engine
