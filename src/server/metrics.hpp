// The server's figures, as /metrics shows them.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

namespace rtctl::server {

/// Registers everything the HTTP side and the event streams count. prometheus-cpp's values are
/// atomic, so any loop may count; what is hot is summed up by the loop first.
struct ServerMetrics {
  ServerMetrics();

  std::shared_ptr<prometheus::Registry> registry;
  prometheus::Gauge& open_streams;   ///< rtctl_open_connections{endpoint="events"}
  prometheus::Gauge& open_sessions;  ///< rtctl_open_connections{endpoint="http"}
  prometheus::Counter& connections_refused;
  prometheus::Counter& events_published;
  prometheus::Counter& publish_failures;
  prometheus::Counter& events_sent;  ///< frames with an id, once per subscriber
  prometheus::Counter& event_bytes_sent;
  prometheus::Counter& cut_slow;     ///< more than the outbox behind
  prometheus::Counter& cut_stalled;  ///< took nothing of a replay for too long
  prometheus::Counter& response_bytes_sent;
  prometheus::Counter& log_lines_dropped;  ///< of the access log
  prometheus::Family<prometheus::Counter>& requests;
  prometheus::Family<prometheus::Histogram>& request_seconds;
  prometheus::Histogram& loop_lag;

  /// The time from head to answer of one path.
  prometheus::Histogram& request_seconds_of(const std::string& path);
  prometheus::Counter& requests_of(const std::string& path, int status);
};

}  // namespace rtctl::server
