#include "server/metrics.hpp"

namespace rtctl::server {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Registry;

const prometheus::Histogram::BucketBoundaries kSeconds{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

Counter& counter(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

Counter& cut(Registry& registry, const char* reason) {
  return BuildCounter()
      .Name("rtctl_subscribers_cut_total")
      .Help("Event streams ended by the server because the subscriber did not read")
      .Register(registry)
      .Add({{"reason", reason}});
}

Gauge& open_connections(Registry& registry, const char* endpoint) {
  return BuildGauge()
      .Name("rtctl_open_connections")
      .Help("Connections open now: event streams, and connections that speak HTTP")
      .Register(registry)
      .Add({{"endpoint", endpoint}});
}

}  // namespace

ServerMetrics::ServerMetrics()
    : registry(std::make_shared<Registry>(Registry::InsertBehavior::Merge)),
      open_streams(open_connections(*registry, "events")),
      open_sessions(open_connections(*registry, "http")),
      connections_refused(counter(*registry, "rtctl_connections_refused_total",
                                  "Connections answered 503 because --max-connections were open")),
      events_published(counter(*registry, "rtctl_events_published_total", "Events that got an id")),
      publish_failures(counter(*registry, "rtctl_publish_failures_total",
                               "Events refused because the log could not take them")),
      events_sent(counter(*registry, "rtctl_events_sent_total",
                          "Event frames with an id, counted once per subscriber")),
      event_bytes_sent(counter(*registry, "rtctl_event_bytes_sent_total",
                               "Bytes of event streams handed to the kernel")),
      cut_slow(cut(*registry, "slow")),
      cut_stalled(cut(*registry, "stalled")),
      response_bytes_sent(counter(*registry, "rtctl_response_bytes_sent_total",
                                  "Bytes of responses that are no event streams")),
      log_lines_dropped(counter(*registry, "rtctl_access_log_lines_dropped_total",
                                "Lines of the access log that its file did not take")),
      requests(BuildCounter()
                   .Name("rtctl_http_requests_total")
                   .Help("Answered requests")
                   .Register(*registry)),
      request_seconds(BuildHistogram()
                          .Name("rtctl_http_request_duration_seconds")
                          .Help("From the complete head of a request to its answer")
                          .Register(*registry)),
      loop_lag(BuildHistogram()
                   .Name("rtctl_loop_lag_seconds")
                   .Help("How late the loops' timers ran, sampled five times a second")
                   .Register(*registry)
                   .Add({}, kSeconds)) {}

prometheus::Histogram& ServerMetrics::request_seconds_of(const std::string& path) {
  return request_seconds.Add({{"path", path}}, kSeconds);
}

Counter& ServerMetrics::requests_of(const std::string& path, int status) {
  return requests.Add({{"path", path}, {"status", std::to_string(status)}});
}

}  // namespace rtctl::server
