#include "server/access_line.hpp"

#include <nlohmann/json.hpp>

#include "base/time_format.hpp"
#include "server/auth.hpp"

namespace rtctl::server {

std::string access_line(const AccessEntry& entry) {
  const auto microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(entry.duration).count();
  nlohmann::ordered_json line{{"time", format_rfc3339(entry.time)},
                              {"remote", std::string(entry.remote)},
                              {"method", std::string(entry.method)},
                              {"target", redacted_target(entry.target)},
                              {"status", entry.status},
                              {"bytes", entry.bytes_sent},
                              {"duration_us", microseconds}};
  if (!entry.user_agent.empty()) line["user_agent"] = std::string(entry.user_agent);
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace rtctl::server
