// What `feed` was told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/http_options.hpp"

namespace rtctl::cli {

struct FeedFlags {
  HttpFlags http;
  Duration interval = std::chrono::seconds(5);
  std::string since;
  std::string resume;
  std::string log_type, actor;
  std::optional<std::string> log_data;
  std::optional<std::uint64_t> activities_max;
  std::string format;
};

}  // namespace rtctl::cli
