// Chance: a seeded engine that is passed as a value, and bytes nobody can guess.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace rtctl {

/// Every use of chance takes one of these by reference, seeded on purpose and the seed reported, so
/// that a run can be repeated.
using Random = std::mt19937_64;

/// An engine for stream `index` of a run: the same for the same pair, unrelated for neighbours.
Random make_random(std::uint64_t seed, std::uint64_t index);

/// A seed from the operating system.
std::uint64_t random_seed();

/// Uniform in [0, 1).
double uniform(Random& random);

/// `bytes` random bytes from the operating system, as lower-case hex: for ids that open something.
std::string secure_hex(std::size_t bytes);

}  // namespace rtctl
