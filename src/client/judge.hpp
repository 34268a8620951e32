// What an answer means to a client that polls: fine, worth another try, or wrong for good.
#pragma once

#include <optional>

#include "client/request.hpp"

namespace rtctl::client {

struct Judgement {
  Failure failure = Failure::none;  ///< of the transfer, or of the status; 2xx and 304 are none
  bool is_retryable = false;        ///< when `failure` is set
  std::optional<Duration> retry_after;
};

Judgement judge(const Response& response, WallTime now);

}  // namespace rtctl::client
