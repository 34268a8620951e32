// Faults on purpose, so that clients can be tested against a server that misbehaves: --fault SPEC.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "rtctl/result.hpp"

namespace rtctl::server {

/// One SPEC: "latency=200ms,jitter=50ms,error=5%,drop=1%,stall=1%,status=503@/api/events".
struct FaultRule {
  std::string path;  ///< "" stands for every path
  Duration latency{};
  Duration jitter{};  ///< the latency is drawn from latency - jitter .. latency + jitter
  double error = 0;   ///< share of requests answered with `status`
  double drop =
      0;  ///< share whose connection is closed without an answer; a stream is cut in its middle
  double stall = 0;  ///< share that never gets a byte; a stream falls silent
  int status = 503;  ///< given alone, every request is answered with it
};

/// What is to happen to one request. At most one of `status`, `drop` and `stall` is set.
struct Fault {
  Duration delay{};
  std::optional<int> status;
  bool drop = false;
  bool stall = false;
};

/// Unknown keys, wrong values and shares that add up to more than the whole are errors.
Result<FaultRule> parse_fault(std::string_view spec);

/// The first rule for the path decides, one without a path last.
Fault draw_fault(const std::vector<FaultRule>& rules, std::string_view path, Random& random);

}  // namespace rtctl::server
