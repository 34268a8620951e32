// A run as reports show it, the same every time.
#pragma once

#include <string>

#include "metrics/collector.hpp"
#include "metrics/threshold.hpp"

namespace rtctl::test {

inline Summary sample_summary() {
  using namespace metrics;
  using namespace std::chrono_literals;
  const std::vector<GroupName> groups{{"subscribers", "sse"}, {"dash <boards> & co", "poll"}};
  Collector collector(groups);
  for (int second = 0; second < 20; ++second) {
    Recorder streams;
    Recorder polls;
    if (second == 0) {
      streams.add(Counter::users_started, 1000);
      streams.add(Counter::connections_opened, 1000);
      streams.add(Counter::requests, 1000);
      polls.add(Counter::users_started, 50);
      polls.add(Counter::connections_opened, 50);
      for (int i = 0; i < 1000; ++i)
        streams.record(Metric::connect, 1ms + i * 3us);
    }
    for (int i = 0; i < 1000; ++i) {
      streams.add(Counter::events);
      streams.add(Counter::bytes, 120);
      streams.record(Metric::delivery, 2ms + i * 7us + second * 100us + (i == 999 ? 90ms : 0ms));
    }
    streams.add_time(Counter::time_wanted, 1000s);
    streams.add_time(Counter::time_open, second == 9 ? 999s : 1000s);
    for (int i = 0; i < 250; ++i) {
      polls.add(Counter::requests);
      polls.add_status(i % 5 == 0 ? 200 : 304);
      polls.record(Metric::latency, 400us + i * 11us);
      polls.record_payload(i % 5 == 0 ? 64'000 : 0);
    }
    if (second == 9) {
      streams.fail(ErrorCode::reset, "connection reset by peer (127.0.0.1:8080)");
      streams.add(Counter::connections_closed);
      streams.add(Counter::connections_opened);
      streams.add(Counter::reconnects);
      streams.add(Counter::requests);
      streams.record(Metric::reconnect, 612ms);
      for (int i = 0; i < 3; ++i)
        polls.fail(ErrorCode::http_5xx, "503 Service Unavailable: \x1b[31m<busy>");
    }
    collector.add(0, streams);
    collector.add(1, polls);
    collector.end_second();
  }
  Summary summary = collector.summary();
  summary.name = "evening \"peak\"";
  summary.target = "http://127.0.0.1:8080";
  summary.version = "0.1.0";
  summary.started_at = "2026-01-31T12:00:00.123456Z";
  summary.seed = 7;
  summary.duration = 20s;
  summary.warmup = 2s;
  summary.driver = "direct";
  summary.clock_basis = "same host";
  GeneratorHealth& health = summary.generator;
  Histogram lag;
  for (int i = 1; i <= 1000; ++i)
    lag.record(i * 100ns);
  health.loop_lag = lag.distribution();
  health.schedule_lag = lag.distribution();
  health.threads = 2;
  health.cpu_seconds = 3.25;
  health.cpu_share = 0.41;
  health.memory_bytes = 24 << 20;
  health.descriptors = 1064;
  health.descriptors_limit = 20'000;
  const std::vector<std::string> names{"subscribers", "dash <boards> & co"};
  for (const char* check : {"subscribers:delivery.p99 < 100ms", "subscribers:lost == 0",
                            "errors.rate < 0.01%", "uptime > 99.9%"})
    summary.thresholds.push_back(*parse_threshold(check, names));
  judge(summary);
  return summary;
}

}  // namespace rtctl::test
