// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "thalweg/common/hash.h"

namespace thalweg {

/// A stream of random numbers that is the same for the same seed on every machine (splitmix64).
/// Small enough to make one per partition. Not for secrets.
///
/// Thread safety: one thread at a time.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// All 64 bits are random.
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
  }

  /// In [0, bound). REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<Uint128>(next()) * bound) >> 64);
  }

  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// A Poisson number of this mean, which may have any size; takes time in proportion to it.
  /// REQUIRES: mean is 0 or more, and finite.
  std::uint64_t poisson(double mean);

  /// A seed that differs from run to run, for callers that were given none.
  static std::uint64_t fresh_seed();

 private:
  std::uint64_t state_;
};

}  // namespace thalweg
