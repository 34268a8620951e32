// Quantiles of a recorded set against an exact sort, and merged parts against the whole.
//   bench_histogram_accuracy [--samples 1000000]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "base/random.hpp"
#include "metrics/histogram.hpp"
#include "usage.hpp"

using namespace rtctl;

namespace {

constexpr double kMedian = 2e6;  // nanoseconds: a usual latency
constexpr std::size_t kParts = 16;

std::vector<std::uint64_t> draw(std::size_t count, std::uint64_t seed, double spread) {
  Random random = make_random(seed, 0);
  std::lognormal_distribution<double> shape(std::log(kMedian), spread);
  std::vector<std::uint64_t> samples(count);
  for (std::uint64_t& sample : samples)
    sample = static_cast<std::uint64_t>(std::min(shape(random), 3.6e12));
  return samples;
}

/// The largest error over many quantiles, as a share of the exact one; up to 1 us is none.
double worst_error(const metrics::Histogram& histogram, std::vector<std::uint64_t> samples) {
  std::sort(samples.begin(), samples.end());
  const Distribution all = histogram.distribution();
  double worst = 0;
  for (int i = 0; i <= 10'000; ++i) {
    const double q = i / 10'000.0;
    const auto rank =
        static_cast<std::size_t>(std::ceil(q * static_cast<double>(samples.size()) - 1e-6));
    const auto exact = static_cast<double>(samples[rank == 0 ? 0 : rank - 1]);
    const double error = std::abs(static_cast<double>(*quantile(all, q)) - exact);
    if (error > 1000) worst = std::max(worst, error / exact);
  }
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  const auto count = std::stoul(bench::argument(argc, argv, "--samples", "1000000"));
  const std::uint64_t seed = random_seed();
  double worst = 0;
  bool exact = true;
  for (const double spread : {0.1, 1.0, 3.0}) {
    const auto samples = draw(count, seed, spread);
    metrics::Histogram whole;
    std::vector<metrics::Histogram> parts(kParts);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      whole.record_value(samples[i]);
      parts[i % kParts].record_value(samples[i]);
    }
    metrics::Histogram merged;
    for (const metrics::Histogram& part : parts)
      merged.merge(part);
    exact = exact && merged.distribution() == whole.distribution();
    worst = std::max(worst, worst_error(whole, samples));
  }
  fmt::print("{{\"seed\": {}, \"worst_error\": {:.6f}, \"merge_is_exact\": {}}}\n", seed, worst,
             exact);
  return 0;
}
