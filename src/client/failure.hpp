// Why an exchange or a stream did not do what was asked: the kinds that reports count.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/transport.hpp"

namespace rtctl::client {

enum class Failure : std::uint8_t {
  none,
  dns,
  connect,
  tls,
  timeout,  ///< the connection or the request took too long
  idle,     ///< connected, but no byte for the idle time-out
  reset,    ///< the connection broke
  http_4xx,
  http_5xx,
  bad_content_type,  ///< also an unknown content encoding
  bad_frame,  ///< not HTTP, broken chunking, corrupt compressed data, an event over the limit
  bad_json,
  expectation,  ///< a status or content that was not expected
};

inline constexpr int kFailureKinds = 13;

/// The name used in reports, such as "http_4xx"; "none" for Failure::none.
std::string_view name_of(Failure failure);

Failure failure_of(net::OutcomeKind kind);

/// 4xx and 5xx by name, any other status that was not wanted as `expectation`.
Failure failure_of_status(int status);

/// What the clients try again by default: 408, 425, 429 and 5xx.
bool is_retryable_status(int status);

/// False for what stays wrong however often it is tried: certificates, encodings, unsupported
/// requests.
bool is_retryable(net::OutcomeKind kind);

}  // namespace rtctl::client
