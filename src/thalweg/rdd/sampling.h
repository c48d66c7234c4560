// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "thalweg/common/random.h"
#include "thalweg/rdd/rdd.h"

namespace thalweg {

/// The fraction to sample so that at least `count` of `total` rows come, nearly surely: with
/// replacement some standard deviations of the Poisson distribution more than their share, without
/// it the bound of Chernoff for a failure rate of 0.00005.
/// REQUIRES: total > 0, and without replacement count <= total.
inline double sample_fraction(std::size_t count, std::int64_t total, bool with_replacement) {
  const auto rows = static_cast<double>(total);
  const double fraction = static_cast<double>(count) / rows;
  if (with_replacement) {
    const double deviations = count < 12 ? 9 : 5;
    return fraction + deviations * std::sqrt(fraction / rows);
  }
  const double gamma = -std::log(0.00005) / rows;
  return std::min(1.0, fraction + gamma + std::sqrt(gamma * gamma + 2 * gamma * fraction));
}

/// `count` rows drawn by chance, in random order; without replacement each row at most once, and
/// all of them where there are fewer. The same seed draws the same rows.
///
/// An action: it counts, and samples about as many rows as were asked for, in jobs of their own.
/// Errors: throws Error(invalid_argument) for a `count` above 1e9 times the number of rows; those
///         of actions.
/// Source: Spark's RDD.takeSample.
template <typename T>
std::vector<owned_t<T>> take_sample(const RDD<T>& rows, bool with_replacement, std::size_t count,
                                    std::uint64_t seed) {
  // One is too few less than once in 10 000 times.
  constexpr int draws_max = 16;
  const std::int64_t total = count == 0 ? 0 : rows.count();
  if (total == 0) return {};
  Random random(seed);
  std::vector<owned_t<T>> drawn;
  if (!with_replacement && count >= static_cast<std::size_t>(total)) {
    drawn = rows.collect();
  } else {
    const double fraction = sample_fraction(count, total, with_replacement);
    for (int draw = 0; draw == 0 || (drawn.size() < count && draw < draws_max); ++draw) {
      drawn = rows.sample(with_replacement, fraction, random.next()).collect();
    }
  }
  for (std::size_t left = drawn.size(); left > 1; --left) {
    auto last = drawn.begin() + static_cast<std::ptrdiff_t>(left - 1);
    std::iter_swap(last, drawn.begin() + static_cast<std::ptrdiff_t>(random.below(left)));
  }
  if (drawn.size() > count) {
    drawn.erase(drawn.begin() + static_cast<std::ptrdiff_t>(count), drawn.end());
  }
  return drawn;
}

}  // namespace thalweg
