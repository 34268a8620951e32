// What a person sees while a bench runs.
#pragma once

#include <string>

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
  int block_lines_ = 0;
  Duration last_line_{};
};

/// One line of what is going on.
std::string progress_line(const Progress& progress);

}  // namespace rtctl::cli
