#include "metrics/recorder.hpp"

#include <numeric>

namespace rtctl::metrics {
namespace {

constexpr std::size_t kExampleBytesMax = 300;  // one or two lines of a report

std::string_view cut_at_character(std::string_view text) {
  if (text.size() <= kExampleBytesMax) return text;
  std::size_t end = kExampleBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;  // not in the middle of a UTF-8 sequence
  return text.substr(0, end);
}

}  // namespace

Recorder::Recorder() {
  histogram(Metric::payload) = Histogram(1);
}

void Recorder::add_status(int status) {
  switch (status / 100) {
    case 1:
      return add(Counter::http_1xx);
    case 2:
      return add(Counter::http_2xx);
    case 3:
      if (status == 304) add(Counter::not_modified);
      return add(Counter::http_3xx);
    case 4:
      return add(Counter::http_4xx);
    case 5:
      return add(Counter::http_5xx);
    default:
      return;  // no class that HTTP knows; the caller counts it as an error
  }
}

void Recorder::fail(ErrorCode code, std::string_view detail) {
  const auto index = static_cast<std::size_t>(code);
  ++errors_[index];
  if (examples_[index].empty()) examples_[index] = cut_at_character(detail);
}

std::uint64_t Recorder::errors_all() const {
  return std::accumulate(errors_.begin(), errors_.end(), std::uint64_t{0});
}

void Recorder::merge(const Recorder& other) {
  for (std::size_t i = 0; i < kMetricCount; ++i)
    histograms_[i].merge(other.histograms_[i]);
  for (std::size_t i = 0; i < kCounterCount; ++i)
    counters_[i] += other.counters_[i];
  for (std::size_t i = 0; i < kErrorCount; ++i) {
    errors_[i] += other.errors_[i];
    if (examples_[i].empty() && other.errors_[i] != 0) examples_[i] = other.examples_[i];
  }
}

void Recorder::clear() {
  for (Histogram& histogram : histograms_)
    histogram.clear();
  counters_.fill(0);
  errors_.fill(0);
}

}  // namespace rtctl::metrics
