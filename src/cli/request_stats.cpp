#include "cli/request_stats.hpp"

#include <fmt/format.h>

#include "base/units.hpp"

namespace rtctl::cli {
namespace {

std::string quantile(const metrics::Histogram& histogram, double q) {
  const auto value = histogram.quantile(q);
  return value ? format_latency(Duration(static_cast<std::int64_t>(*value))) : "-";
}

}  // namespace

std::string list_failures(const std::array<std::uint64_t, client::kFailureKinds>& failures) {
  std::string text;
  for (std::size_t kind = 1; kind < failures.size(); ++kind) {
    if (failures[kind] == 0) continue;
    if (!text.empty()) text += ", ";
    text +=
        fmt::format("{} {}", failures[kind], client::name_of(static_cast<client::Failure>(kind)));
  }
  return text.empty() ? "none" : text;
}

void RequestStats::on_response(const client::Response& response, client::Failure failure) {
  ++requests_;
  bytes_ += response.body_bytes;
  if (response.status == 304) ++not_modified_;
  if (failure != client::Failure::none) ++failures_[static_cast<std::size_t>(failure)];
  latencies_.record(response.ended - response.started);
  if (!response.timing.connected) return;
  ++connections_;
  connects_.record(*response.timing.connected - response.timing.started);
}

std::string RequestStats::text() const {
  return fmt::format(
      "requests     {} ({} not modified) over {} connections\n"
      "errors       {}\n"
      "connect      p50 {}, max {}\n"
      "latency      p50 {}, p99 {}, max {}\n"
      "received     {} bytes\n",
      requests_, not_modified_, connections_, list_failures(failures_), quantile(connects_, 0.5),
      quantile(connects_, 1), quantile(latencies_, 0.5), quantile(latencies_, 0.99),
      quantile(latencies_, 1), bytes_);
}

}  // namespace rtctl::cli
