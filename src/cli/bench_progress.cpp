#include "cli/bench_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/units.hpp"
#include "cli/terminal.hpp"
#include "report/format.hpp"

namespace rtctl::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLineEvery = 10s;
constexpr std::size_t kBarWidth = 40;

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

std::string bar(const Progress& progress, std::size_t width) {
  const double done = progress.planned > 0ns ? static_cast<double>(progress.elapsed.count()) /
                                                   static_cast<double>(progress.planned.count())
                                             : 1;
  const auto filled =
      static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * static_cast<double>(width));
  return std::string(filled, '#') + std::string(width - filled, '.');
}

std::string measured(std::string_view name, std::uint64_t count) {
  return fmt::format("{} {}", name, report::grouped(count));
}

std::string per_second(std::string_view name, std::uint64_t count) {
  return measured(name, count) + "/s";
}

/// The words side by side, each on a line of its own where they would not fit.
std::string laid_out(const std::vector<std::string>& words, std::size_t columns) {
  std::string text;
  std::size_t at = 0;
  for (const std::string& word : words) {
    const bool fits = at != 0 && at + 3 + word.size() < columns;
    text += fits ? "   " : at == 0 ? "  " : "\n  ";
    at = (fits ? at + 3 : 2) + word.size();
    text += word;
  }
  return text + "\n";
}

}  // namespace

std::string progress_block(const Progress& progress, std::size_t columns) {
  const std::string time = fmt::format("{}/{} {}", whole_seconds(progress.elapsed),
                                       whole_seconds(progress.planned), name_of(progress.phase));
  const std::size_t beside = time.size() + 4;  // indent, gap and the column that stays free
  std::string head = "  ";
  if (columns > beside + 5) head += bar(progress, std::min(kBarWidth, columns - beside)) + " ";
  return head + time + "\n" +
         laid_out({measured("users", progress.users), measured("open", progress.open),
                   measured("errors", progress.errors)},
                  columns) +
         laid_out({per_second("events", progress.events_per_second),
                   per_second("requests", progress.requests_per_second),
                   format_size(progress.bytes_per_second) + "/s"},
                  columns) +
         laid_out({quantiles(progress)}, columns);
}

std::size_t rows_of(std::string_view text, std::size_t columns) {
  std::size_t rows = 0;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    rows += std::max<std::size_t>(1, (length + columns - 1) / columns);
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return rows;
}

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
  clear();
  block_ = progress_block(progress, terminal_columns(Stream::error));
  fmt::print(stderr, "{}", block_);
  std::fflush(stderr);
}

void BenchProgress::clear() {
  if (block_.empty()) return;
  // A terminal that has become narrower meanwhile has broken the lines anew.
  fmt::print(stderr, "\r\x1b[{}A\x1b[J", rows_of(block_, terminal_columns(Stream::error)));
  block_.clear();
}

}  // namespace rtctl::cli
