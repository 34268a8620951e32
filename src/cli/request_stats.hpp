// What --stats prints about a command that polls.
#pragma once

#include <array>
#include <string>

#include "client/request.hpp"
#include "metrics/histogram.hpp"

namespace rtctl::cli {

class RequestStats {
 public:
  /// One answer, or what came instead; `failure` as the client judged it.
  void on_response(const client::Response& response, client::Failure failure);

  /// Several lines, for stderr.
  std::string text() const;

 private:
  std::uint64_t requests_ = 0, not_modified_ = 0, bytes_ = 0, connections_ = 0;
  std::array<std::uint64_t, client::kFailureKinds> failures_{};
  metrics::Histogram latencies_, connects_;
};

/// "3 reset, 1 http_5xx", or "none".
std::string list_failures(const std::array<std::uint64_t, client::kFailureKinds>& failures);

}  // namespace rtctl::cli
