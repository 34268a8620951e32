#include "cli/stream_stats.hpp"

#include <fmt/format.h>

#include "base/units.hpp"
#include "cli/request_stats.hpp"

namespace rtctl::cli {
namespace {

std::string shown(const std::optional<Duration>& value) {
  return value ? format_latency(*value) : "-";
}

std::string quantile(const metrics::Histogram& histogram, double q) {
  const auto value = histogram.quantile(q);
  return value ? format_latency(Duration(static_cast<std::int64_t>(*value))) : "-";
}

}  // namespace

void StreamStats::on_start(TimePoint at) {
  started_ = at;
  meter_.on_start(at);
}

void StreamStats::on_open(const net::ResponseHead& head, TimePoint attempt_started, TimePoint at) {
  if (const auto gone = meter_.on_open(at)) reconnects_.record(*gone);
  if (!first_byte_) first_byte_ = head.timing.first_byte - attempt_started;
  if (!connect_ && head.timing.connected) connect_ = *head.timing.connected - head.timing.started;
}

void StreamStats::on_event(TimePoint received_at) {
  if (const auto gap = meter_.on_event(received_at)) gaps_.record(*gap);
  if (!first_event_ && started_) first_event_ = received_at - *started_;
}

std::string StreamStats::text(TimePoint now) {
  const client::Health& health = meter_.settle(now);
  const auto uptime = health.uptime();
  return fmt::format(
      "uptime       {}  (open {} of {})\n"
      "connections  {} opened, {} failed, {} lost, {} reconnected\n"
      "errors       {}\n"
      "connect      {}\n"
      "first byte   {}\n"
      "first event  {}\n"
      "event gap    p50 {}, p99 {}, max {}\n"
      "reconnect    p50 {}, max {}\n"
      "received     {} events, {} comments, {} bytes\n",
      uptime ? fmt::format("{:.2f}%", *uptime * 100) : "-", format_latency(health.open_time),
      format_latency(health.wanted_time), health.opened, health.failed, health.lost,
      health.reconnects, list_failures(health.failures), shown(connect_), shown(first_byte_),
      shown(first_event_), quantile(gaps_, 0.5), quantile(gaps_, 0.99), quantile(gaps_, 1),
      quantile(reconnects_, 0.5), quantile(reconnects_, 1), health.events, health.comments,
      health.bytes);
}

}  // namespace rtctl::cli
