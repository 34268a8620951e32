// The report for people at a terminal.
#pragma once

#include <string>

#include "report/report.hpp"

namespace rtctl::report {

/// Verdict and thresholds, groups, errors with an example each, the generator's own health.
std::string render_text(const Summary& summary, Colors colors);

/// Escape sequences, or nothing.
class Paint {
 public:
  explicit Paint(Colors colors) : on_(colors == Colors::ansi) {}
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string good(std::string_view text) const { return wrap("32", text); }
  std::string bad(std::string_view text) const { return wrap("1;31", text); }
  std::string warn(std::string_view text) const { return wrap("33", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const {
    if (!on_) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }
  bool on_;
};

}  // namespace rtctl::report
