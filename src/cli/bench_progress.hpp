// What a person sees while a bench runs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "rtctl/run.hpp"

namespace rtctl::cli {

/// One refreshed block on a terminal, a plain line each 10 s elsewhere; on stderr.
class BenchProgress {
 public:
  enum class Style { none, lines, block };

  explicit BenchProgress(Style style) : style_(style) {}

  void show(const Progress& progress);

  /// Takes the block away, so that the report has a clean screen.
  void clear();

 private:
  Style style_;
  std::string block_;  ///< what stands there now
  Duration last_line_{};
};

/// What is going on in a few lines, none of which a terminal of so many columns would break.
std::string progress_block(const Progress& progress, std::size_t columns);

/// Rows that a text of ASCII lines takes on a terminal of so many columns.
std::size_t rows_of(std::string_view text, std::size_t columns);

/// One line of what is going on.
std::string progress_line(const Progress& progress);

}  // namespace rtctl::cli
