// Thresholds: whatever parses must be judged without trouble.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "metrics/threshold.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto threshold = rtctl::metrics::parse_threshold(text, {"a", "long name"});
  if (!threshold) {
    if (threshold.error().message.empty()) std::abort();
    return 0;
  }
  rtctl::Summary summary;
  summary.duration = std::chrono::seconds(1);
  summary.total.metrics["delivery"] = {
      .count = 1, .sum = 5, .min = 5, .max = 5, .buckets = {{0, 1}}};
  const auto result = rtctl::metrics::evaluate(*threshold, summary);
  if (result.measured_text.empty()) std::abort();
  return 0;
}
