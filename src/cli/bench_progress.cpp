#include "cli/bench_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/units.hpp"

namespace rtctl::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLineEvery = 10s;
constexpr int kBarWidth = 40;

std::string_view name_of(Progress::Phase phase) {
  switch (phase) {
    case Progress::Phase::warmup:
      return "warming up";
    case Progress::Phase::measuring:
      return "measuring";
    case Progress::Phase::draining:
      break;
  }
  return "draining";
}

std::string whole_seconds(Duration duration) {
  return fmt::format("{}s", std::chrono::round<std::chrono::seconds>(duration).count());
}

std::string quantiles(const Progress& progress) {
  if (!progress.p50 || !progress.p99) return "-";
  return fmt::format("{} p50 {}  p99 {}", progress.quantiles_of, format_latency(*progress.p50),
                     format_latency(*progress.p99));
}

std::string bar(const Progress& progress) {
  const double done = progress.planned > 0ns ? static_cast<double>(progress.elapsed.count()) /
                                                   static_cast<double>(progress.planned.count())
                                             : 1;
  const int filled = std::clamp(static_cast<int>(done * kBarWidth), 0, kBarWidth);
  return std::string(static_cast<std::size_t>(filled), '#') +
         std::string(static_cast<std::size_t>(kBarWidth - filled), '.');
}

std::string block(const Progress& progress) {
  return fmt::format(
      "  {} {}/{}  {}\n"
      "  users {:<8} open {:<8} errors {}\n"
      "  events {}/s  requests {}/s  {}/s\n"
      "  {}\n",
      bar(progress), whole_seconds(progress.elapsed), whole_seconds(progress.planned),
      name_of(progress.phase), progress.users, progress.open, progress.errors,
      progress.events_per_second, progress.requests_per_second,
      format_size(progress.bytes_per_second), quantiles(progress));
}

}  // namespace

std::string progress_line(const Progress& progress) {
  return fmt::format("{}/{} {}: {} users, {} open, {} events/s, {} requests/s, {} errors, {}",
                     whole_seconds(progress.elapsed), whole_seconds(progress.planned),
                     name_of(progress.phase), progress.users, progress.open,
                     progress.events_per_second, progress.requests_per_second, progress.errors,
                     quantiles(progress));
}

void BenchProgress::show(const Progress& progress) {
  if (style_ == Style::none) return;
  if (style_ == Style::lines) {
    if (progress.elapsed - last_line_ < kLineEvery - 500ms) return;
    last_line_ = progress.elapsed;
    fmt::print(stderr, "{}\n", progress_line(progress));
    return;
  }
  const std::string text = block(progress);
  if (block_lines_ > 0) fmt::print(stderr, "\x1b[{}A\x1b[J", block_lines_);
  block_lines_ = static_cast<int>(std::ranges::count(text, '\n'));
  fmt::print(stderr, "{}", text);
  std::fflush(stderr);
}

void BenchProgress::clear() {
  if (block_lines_ > 0) fmt::print(stderr, "\x1b[{}A\x1b[J", block_lines_);
  block_lines_ = 0;
}

}  // namespace rtctl::cli
