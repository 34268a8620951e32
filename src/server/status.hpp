// The status that GET /api/status shows: sampled into the store, summed up over its servers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/store.hpp"

namespace rtctl::server {

constexpr auto kOnlineFor = std::chrono::seconds(30);  ///< a chat client not seen since is offline

struct Status {
  double uptime_hours = 0;
  std::int64_t online_users = 0;
  double memory_megabytes = 0;
};

/// Servers of one store count together: the oldest start, all streams, all memory. A server that
/// has not noted anything for 10 s is gone.
Status sum_up(const std::vector<ServerSample>& samples, std::size_t clients_online, WallTime now);

/// {"uptime":hours,"online_users":n,"memory_usage":MB}
std::string status_json(const Status& status);

/// This process' resident set (proc(5), statm); 0 where there is no /proc.
std::int64_t resident_bytes();

}  // namespace rtctl::server
