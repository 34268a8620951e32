// The names of everything that is measured: index for the hot path, text for files and thresholds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rtctl::metrics {

/// Distributions. Times are nanoseconds, `payload` is bytes.
enum class Metric : std::uint8_t {
  connect,        ///< start of a connection to open (DNS, TCP, TLS)
  first_byte,     ///< request sent to first byte of the answer
  first_event,    ///< request sent to first event
  delivery,       ///< `sent_at` to receipt
  event_gap,      ///< between events of one stream
  heartbeat_gap,  ///< between comments of one stream
  latency,        ///< of requests, from the planned start
  service,        ///< of requests, from the actual start
  reconnect,      ///< loss of a stream to open again
  recovery,       ///< loss of a stream to caught up
  stream,         ///< open to `until`
  payload,        ///< bytes of a response body or of an event's data
};
inline constexpr std::size_t kMetricCount = 12;

/// Counts. The number of open connections is kept as two counts, opened and closed, so
/// that adding recorders up is always right.
enum class Counter : std::uint8_t {
  users_started,
  connections_opened,
  connections_failed,
  connections_closed,
  iterations,  ///< rounds of request and flow users, streams that reached `until`
  events,      ///< events, messages, activities received
  heartbeats,
  bytes,  ///< received, as read from sockets (body bytes where a driver cannot see more)
  /// Every exchange, counted when its header arrived or it failed; openings of streams too.
  requests,
  http_1xx,
  http_2xx,
  http_3xx,
  http_4xx,
  http_5xx,
  not_modified,  ///< 304
  lost,
  duplicated,
  reordered,
  reconnects,
  unrecovered,  ///< streams that were lost and had not caught up by the end
  sent,         ///< messages said, activities logged
  dropped,      ///< arrivals that were due and not started
  time_open,    ///< nanoseconds streams were open
  time_wanted,  ///< nanoseconds streams should have been open
};
inline constexpr std::size_t kCounterCount = 24;

/// What can go wrong with the thing under test.
enum class ErrorCode : std::uint8_t {
  dns,
  connect,
  tls,
  timeout,
  idle,
  reset,
  http_4xx,
  http_5xx,
  bad_content_type,
  bad_frame,
  bad_json,
  expectation,
};
inline constexpr std::size_t kErrorCount = 12;

std::string_view name_of(Metric metric);
std::string_view name_of(Counter counter);
std::string_view name_of(ErrorCode code);

std::optional<Metric> metric_of(std::string_view name);
std::optional<Counter> counter_of(std::string_view name);
std::optional<ErrorCode> error_code_of(std::string_view name);

}  // namespace rtctl::metrics
