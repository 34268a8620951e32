#include "client/judge.hpp"

#include "client/retry_after.hpp"

namespace rtctl::client {

Judgement judge(const Response& response, WallTime now) {
  if (response.failure != Failure::none)
    return {.failure = response.failure, .is_retryable = !response.is_final};
  if ((response.status >= 200 && response.status < 300) || response.status == 304) return {};
  Judgement judgement{.failure = failure_of_status(response.status),
                      .is_retryable = is_retryable_status(response.status)};
  if (const auto value = response.header("retry-after"))
    judgement.retry_after = parse_retry_after(*value, now);
  return judgement;
}

}  // namespace rtctl::client
