#include "engine/generator_watch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/units.hpp"

namespace rtctl::engine {
namespace {

using namespace std::chrono_literals;

// Where the generator's own lateness begins to show in the figures. Guesses: a hundredth of a
// second is what a human notices and what a busy thread reaches first.
constexpr double kCpuShareMax = 0.95;
constexpr Duration kLagMax = 20ms;

// Where descriptors must be counted: while they are few at each sample, then at every tenth.
constexpr std::uint64_t kFewDescriptors = 1000;
constexpr unsigned kSamplesPerCount = 10;

std::uint64_t resident_bytes() {
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// Linux tells since 6.2 (proc(5): the size of the folder); 0 before.
std::uint64_t told_descriptors() {
  struct stat folder {};
  return ::stat("/proc/self/fd", &folder) == 0 ? static_cast<std::uint64_t>(folder.st_size) : 0;
}

/// Costs 2 us each (measured with 10,000), as much as an event of a stream.
std::uint64_t counted_descriptors() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error))
    ++count;
  return count;
}

std::string late(const char* what, std::uint64_t nanoseconds) {
  return fmt::format("{} (p99 {}): the figures contain the generator's own delay.", what,
                     format_latency(Duration(nanoseconds)));
}

}  // namespace

GeneratorWatch::GeneratorWatch(std::size_t threads, std::size_t sources, const Limits& limits)
    : cpu_(threads), sources_(std::max<std::size_t>(1, sources)), limits_(limits) {}

void GeneratorWatch::add(std::size_t thread, const Page& page) {
  cpu_[thread] += page.cpu;
  schedule_lag_.merge(page.schedule_lag);
  loop_lag_.merge(page.loop_lag);
}

void GeneratorWatch::sample() {
  memory_bytes_ = std::max(memory_bytes_, resident_bytes());
  std::uint64_t descriptors = told_descriptors();
  const bool is_turn = descriptors_ < kFewDescriptors || samples_++ % kSamplesPerCount == 0;
  if (descriptors == 0 && is_turn) descriptors = counted_descriptors();
  descriptors_ = std::max(descriptors_, descriptors);
}

void GeneratorWatch::restart() {
  std::ranges::fill(cpu_, Duration(0));
  schedule_lag_.clear();
  loop_lag_.clear();
}

GeneratorHealth GeneratorWatch::health(Duration measured, std::uint64_t dropped) const {
  GeneratorHealth health;
  health.schedule_lag = schedule_lag_.distribution();
  health.loop_lag = loop_lag_.distribution();
  health.threads = static_cast<std::uint32_t>(cpu_.size());
  const Duration all = std::accumulate(cpu_.begin(), cpu_.end(), Duration(0));
  health.cpu_seconds = std::chrono::duration<double>(all).count();
  if (measured > Duration(0))
    health.cpu_share = std::chrono::duration<double>(*std::ranges::max_element(cpu_)).count() /
                       std::chrono::duration<double>(measured).count();
  health.memory_bytes = memory_bytes_;
  health.descriptors = descriptors_;
  health.descriptors_limit = limits_.descriptors;
  health.ports = descriptors_;  // nearly all descriptors are connections, each with a local port
  health.ports_limit = limits_.ports_per_source * sources_;
  health.dropped = dropped;
  health.reasons = bottlenecks(health);
  return health;
}

std::vector<std::string> bottlenecks(const GeneratorHealth& health) {
  std::vector<std::string> reasons;
  if (health.cpu_share > kCpuShareMax)
    reasons.push_back(fmt::format(
        "The busiest of {} threads used {:.0f}% of its core; use more --threads or workers.",
        health.threads, health.cpu_share * 100));
  const auto limit = static_cast<std::uint64_t>(kLagMax.count());
  if (const auto lag = quantile(health.schedule_lag, 0.99); lag && *lag > limit)
    reasons.push_back(late("Requests and users started late", *lag));
  if (const auto lag = quantile(health.loop_lag, 0.99); lag && *lag > limit)
    reasons.push_back(late("The event loops ran late", *lag));
  if (health.dropped > 0)
    reasons.push_back(
        fmt::format("{} arrivals could not be started: too many were still waiting for an answer.",
                    health.dropped));
  if (health.descriptors_limit > 0 && health.descriptors >= health.descriptors_limit)
    reasons.push_back(fmt::format("All {} descriptors were in use.", health.descriptors_limit));
  return reasons;
}

}  // namespace rtctl::engine
