#include "base/random.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <vector>

namespace rtctl {
namespace {

void fill_random(void* target, std::size_t size) {
  auto* next = static_cast<unsigned char*>(target);
  while (size > 0) {
    const ssize_t got = getrandom(next, size, 0);
    if (got < 0) continue;  // interrupted by a signal: the only failure possible for small requests
    next += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace

Random make_random(std::uint64_t seed, std::uint64_t index) {
  std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                         static_cast<std::uint32_t>(index),
                         static_cast<std::uint32_t>(index >> 32)};
  return Random(sequence);
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  fill_random(&seed, sizeof seed);
  return seed;
}

double uniform(Random& random) {
  // 53 bits, the precision of a double: std::uniform_real_distribution may return 1 by rounding.
  return static_cast<double>(random() >> 11) * 0x1.0p-53;
}

std::string secure_hex(std::size_t bytes) {
  std::vector<unsigned char> raw(bytes);
  fill_random(raw.data(), raw.size());
  std::string text;
  text.reserve(bytes * 2);
  for (const unsigned char byte : raw)
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

}  // namespace rtctl
