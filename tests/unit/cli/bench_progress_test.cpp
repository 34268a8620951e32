#include "cli/bench_progress.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace rtctl;
using namespace rtctl::cli;
using namespace std::chrono_literals;

namespace {

Progress busy() {
  return {.phase = Progress::Phase::measuring,
          .elapsed = 3599s,
          .planned = 7200s,
          .users = 150'000,
          .open = 149'998,
          .events_per_second = 1'234'567,
          .requests_per_second = 98'765,
          .bytes_per_second = 1'234'567'890,
          .errors = 1'234,
          .p50 = 1234us,
          .p99 = 5678us,
          .quantiles_of = "first_byte"};
}

}  // namespace

TEST_CASE("bench progress: no line is wider than the terminal, and nothing is left out") {
  for (const std::size_t columns : {24, 40, 80, 200}) {
    CAPTURE(columns);
    const std::string block = progress_block(busy(), columns);
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      // The narrowest cannot hold what stands together.
      if (columns >= 40) CHECK(line.size() < columns);
    }
    for (const char* word : {"3599s/7200s", "150,000", "149,998", "1,234,567/s", "98,765/s",
                             "errors 1,234", "p50 1.23ms", "p99 5.68ms"})
      CHECK_MESSAGE(block.find(word) != std::string::npos, word);
  }
}

TEST_CASE("bench progress: the block is as high as the terminal's width makes it") {
  CHECK(rows_of("", 80) == 0);
  CHECK(rows_of("a\nb\n", 80) == 2);
  CHECK(rows_of("\n", 80) == 1);
  CHECK(rows_of(std::string(80, 'x') + "\n", 80) == 1);
  CHECK(rows_of(std::string(81, 'x') + "\nb\n", 80) == 3);
  CHECK(rows_of(std::string(100, 'x') + "\n", 40) == 3);
  const std::string wide = progress_block(busy(), 80);
  CHECK(rows_of(wide, 80) == 4);
  CHECK(rows_of(wide, 40) > 4);
}
