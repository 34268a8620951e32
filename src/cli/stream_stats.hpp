// What --stats prints about a stream: the health of its connections.
#pragma once

#include <optional>
#include <string>

#include "client/health.hpp"
#include "metrics/histogram.hpp"

namespace rtctl::cli {

/// Fed from the observer's callbacks of the same names; `text` says it all.
class StreamStats {
 public:
  void on_start(TimePoint at);
  void on_open(const net::ResponseHead& head, TimePoint attempt_started, TimePoint at);
  void on_loss(const client::Loss& loss) { meter_.on_loss(loss); }
  void on_event(TimePoint received_at);
  void on_comment() { ++meter_.health().comments; }
  void on_bytes(std::size_t count) { meter_.health().bytes += count; }

  /// Several lines, for stderr.
  std::string text(TimePoint now);

 private:
  client::HealthMeter meter_;
  std::optional<TimePoint> started_;
  std::optional<Duration> connect_, first_byte_, first_event_;
  metrics::Histogram gaps_, reconnects_;
};

}  // namespace rtctl::cli
