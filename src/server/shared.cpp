#include "server/shared.hpp"

namespace rtctl::server {
namespace {

constexpr double kDefaultRate = 200;  // requests per second of one address

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

std::vector<std::string> origins(const std::string& origin) {
  if (origin.empty()) return {};
  return {origin};
}

}  // namespace

SharedRateLimit::SharedRateLimit(const std::optional<double>& per_second)
    : exempts_loopback_(!per_second),
      is_off_(per_second && *per_second == 0),
      limit_(per_second.value_or(kDefaultRate)) {}

std::optional<Duration> SharedRateLimit::admit(std::string_view address, TimePoint now) {
  if (is_off_ || (exempts_loopback_ && is_loopback(address))) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return limit_.admit(address, now);
}

ServerShared::ServerShared(ServerOptions server_options)
    : options(std::move(server_options)),
      auth(options.auth_token),
      cors(origins(options.cors_origin)),
      rate_limit(options.rate_limit) {}

}  // namespace rtctl::server
