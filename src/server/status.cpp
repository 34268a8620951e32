#include "server/status.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace rtctl::server {
namespace {

constexpr auto kSampleValidFor = std::chrono::seconds(10);
constexpr double kBytesPerMegabyte = 1e6;

}  // namespace

Status sum_up(const std::vector<ServerSample>& samples, std::size_t clients_online, WallTime now) {
  Status status;
  status.online_users = static_cast<std::int64_t>(clients_online);
  WallTime started_at = now;
  for (const ServerSample& sample : samples) {
    if (sample.sampled_at < now - kSampleValidFor) continue;
    started_at = std::min(started_at, sample.started_at);
    status.online_users += sample.open_streams;
    status.memory_megabytes += static_cast<double>(sample.memory_bytes) / kBytesPerMegabyte;
  }
  status.uptime_hours = std::chrono::duration<double, std::ratio<3600>>(now - started_at).count();
  return status;
}

std::string status_json(const Status& status) {
  return fmt::format(R"({{"uptime":{:.4f},"online_users":{},"memory_usage":{:.1f}}})",
                     status.uptime_hours, status.online_users, status.memory_megabytes);
}

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  if (!(statm >> size >> resident)) return 0;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace rtctl::server
