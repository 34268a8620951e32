#include "engine/sequence.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

using namespace rtctl::engine;

namespace {

struct Counts {
  std::uint64_t lost = 0, duplicated = 0, reordered = 0;
  bool operator==(const Counts&) const = default;
};

Counts tracked(const std::vector<std::uint64_t>& numbers) {
  SequenceTracker tracker;
  Counts counts;
  for (const auto number : numbers) {
    const auto seen = tracker.see(number);
    counts.lost += seen.given_up;
    counts.duplicated += seen.arrival == Arrival::again ? 1 : 0;
    counts.reordered += seen.arrival == Arrival::late ? 1 : 0;
  }
  counts.lost += tracker.settle();
  return counts;
}

/// Keeps every number there was: what the tracker must equal while its gaps are few.
Counts naive(const std::vector<std::uint64_t>& numbers) {
  Counts counts;
  std::set<std::uint64_t> seen;
  std::uint64_t highest = 0;
  for (const auto number : numbers) {
    const bool is_new = seen.insert(number).second;
    if (!is_new || number < numbers.front()) {
      ++counts.duplicated;
      if (number < numbers.front()) seen.erase(number);
    } else if (number < highest) {
      ++counts.reordered;
    }
    highest = std::max(highest, number);
  }
  if (!numbers.empty()) counts.lost = highest - numbers.front() + 1 - seen.size();
  return counts;
}

}  // namespace

TEST_CASE("sequence: in order from anywhere is nothing to report") {
  CHECK(tracked({}) == Counts{});
  CHECK(tracked({41, 42, 43}) == Counts{});
}

TEST_CASE("sequence: a skipped number is lost, one that comes late is reordered instead") {
  CHECK(tracked({1, 2, 5}) == Counts{.lost = 2});
  CHECK(tracked({1, 2, 5, 3, 4, 6}) == Counts{.reordered = 2});
  CHECK(tracked({1, 5, 3}) == Counts{.lost = 2, .reordered = 1});
}

TEST_CASE("sequence: what was seen before is duplicated, also far back and before the first") {
  CHECK(tracked({1, 2, 2, 3}) == Counts{.duplicated = 1});
  CHECK(tracked({1, 5, 3, 3}) == Counts{.lost = 2, .duplicated = 1, .reordered = 1});
  CHECK(tracked({10, 11, 9}) == Counts{.duplicated = 1});
}

TEST_CASE("sequence: settling forgets, so that a loss counts once") {
  SequenceTracker tracker;
  tracker.see(1);
  tracker.see(4);
  CHECK(tracker.missing() == 2);
  CHECK(tracker.settle() == 2);
  CHECK(tracker.settle() == 0);
  CHECK(tracker.see(5).arrival == Arrival::in_order);
}

TEST_CASE("sequence: too many gaps give up the oldest, and the sum stays right") {
  SequenceTracker tracker;
  std::uint64_t lost = 0;
  for (std::uint64_t number = 0; number <= 2000; number += 2)
    lost += tracker.see(number).given_up;
  CHECK(lost == 1000 - SequenceTracker::kGapsMax);
  CHECK(lost + tracker.settle() == 1000);
}

TEST_CASE("sequence: a wide gap filled from its middle outward stays bounded") {
  SequenceTracker tracker;
  tracker.see(0);
  tracker.see(100'000);
  std::uint64_t lost = 0;
  std::uint64_t late = 0;
  for (std::uint64_t number = 2; number < 1000; number += 2) {
    const auto seen = tracker.see(number);
    lost += seen.given_up;
    late += seen.arrival == Arrival::late ? 1 : 0;
  }
  CHECK(late == 499);
  CHECK(lost + tracker.settle() == 99'999 - 499);
}

TEST_CASE("sequence: agrees with keeping every number, over random streams") {
  const auto seed = std::random_device{}();
  INFO("seed ", seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint64_t> numbers;
    std::uint64_t next = 100 + random() % 10;
    for (int i = 0; i < 150; ++i) {
      switch (random() % 12) {
        case 0:
          next += random() % 4;  // lost on the way
          break;
        case 1:
          numbers.push_back(next - random() % 20);  // replayed or late
          break;
        case 2:
          if (numbers.size() > 3)
            std::swap(numbers[numbers.size() - 1], numbers[numbers.size() - 3]);
          break;
        default:
          break;
      }
      numbers.push_back(next++);
    }
    CHECK(tracked(numbers) == naive(numbers));
  }
}

TEST_CASE("sequence number: decimal digits only") {
  CHECK(sequence_number("0") == 0);
  CHECK(sequence_number("9999999999999999999") == 9'999'999'999'999'999'999U);
  for (const auto* text : {"", "-1", "+1", " 1", "1 ", "0x1", "1.5", "99999999999999999999", "abc"})
    CHECK_FALSE(sequence_number(text));
}
