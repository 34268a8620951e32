#include "metrics/names.hpp"

#include <algorithm>

namespace rtctl::metrics {
namespace {

constexpr std::array<std::string_view, kMetricCount> kMetricNames{
    "connect", "first_byte", "first_event", "delivery", "event_gap", "heartbeat_gap",
    "latency", "service",    "reconnect",   "recovery", "stream",    "payload"};

constexpr std::array<std::string_view, kCounterCount> kCounterNames{"users_started",
                                                                    "connections_opened",
                                                                    "connections_failed",
                                                                    "connections_closed",
                                                                    "iterations",
                                                                    "events",
                                                                    "heartbeats",
                                                                    "bytes",
                                                                    "requests",
                                                                    "http_1xx",
                                                                    "http_2xx",
                                                                    "http_3xx",
                                                                    "http_4xx",
                                                                    "http_5xx",
                                                                    "not_modified",
                                                                    "lost",
                                                                    "duplicated",
                                                                    "reordered",
                                                                    "reconnects",
                                                                    "unrecovered",
                                                                    "sent",
                                                                    "dropped",
                                                                    "time_open",
                                                                    "time_wanted"};

constexpr std::array<std::string_view, kErrorCount> kErrorNames{
    "dns",      "connect",          "tls",       "timeout",  "idle",       "reset", "http_4xx",
    "http_5xx", "bad_content_type", "bad_frame", "bad_json", "expectation"};

template <typename Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

// A name that was forgotten would be empty.
static_assert(!kMetricNames.back().empty() && !kCounterNames.back().empty() &&
              !kErrorNames.back().empty());

}  // namespace

std::string_view name_of(Metric metric) {
  return kMetricNames[static_cast<std::size_t>(metric)];
}
std::string_view name_of(Counter counter) {
  return kCounterNames[static_cast<std::size_t>(counter)];
}
std::string_view name_of(ErrorCode code) {
  return kErrorNames[static_cast<std::size_t>(code)];
}

std::optional<Metric> metric_of(std::string_view name) {
  return find<Metric>(kMetricNames, name);
}
std::optional<Counter> counter_of(std::string_view name) {
  return find<Counter>(kCounterNames, name);
}
std::optional<ErrorCode> error_code_of(std::string_view name) {
  return find<ErrorCode>(kErrorNames, name);
}

}  // namespace rtctl::metrics
