// One line of the access log: a JSON object per finished request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace rtctl::server {

struct AccessEntry {
  WallTime time;            ///< when the request's header was complete
  std::string_view remote;  ///< address without port
  std::string_view method;
  std::string_view target;  ///< as received; the token in it is not logged
  int status = 0;
  std::uint64_t bytes_sent = 0;  ///< header and body
  Duration duration{};           ///< header complete to last byte handed to the kernel
  std::string_view user_agent;
};

/// {"time":...,"remote":...,...} and a line feed. What is not UTF-8 becomes U+FFFD.
std::string access_line(const AccessEntry& entry);

}  // namespace rtctl::server
