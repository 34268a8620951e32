// The access log's file: lines come from all loops and are written by a thread of their own.
#pragma once

#include <prometheus/counter.h>

#include <memory>
#include <string>

#include "rtctl/result.hpp"

namespace rtctl::server {

/// Any loop may write. What the disk does not take in time is dropped and counted, so that a slow
/// disk or a stopped reader never holds up a request.
class AccessLog {
 public:
  virtual ~AccessLog() = default;

  /// Whole lines.
  virtual void write(std::string lines) = 0;
};

/// `path` is appended to; "-" is stdout. What is pending is written before it goes. `lines_dropped`
/// outlives the log.
Result<std::unique_ptr<AccessLog>> open_access_log(const std::string& path,
                                                   prometheus::Counter& lines_dropped);

}  // namespace rtctl::server
