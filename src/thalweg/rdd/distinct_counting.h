// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "thalweg/rdd/actions.h"
#include "thalweg/rdd/rdd.h"

namespace thalweg {

/// How many different things were seen, in little memory: HyperLogLog. Keeps, for each of 2^p
/// groups of hashes, the longest run of leading zeros; small numbers are estimated from the groups
/// that nothing fell into.
///
/// Thread safety: as a value.
/// Source: Flajolet, Fusy, Gandouet, Meunier: HyperLogLog (2007).
class DistinctCounter {
 public:
  static constexpr int precision_min = 4;
  static constexpr int precision_max = 24;
  /// Less is refused, as in Spark. Below 0.00026 the memory, and with it the estimate, stays.
  static constexpr double relative_sd_min = 0.000'017;

  /// `relative_sd`: the standard deviation of the estimate, relative to the true number. Takes
  /// about (1.05 / relative_sd)^2 bytes, from 16 to 16 MiB. REQUIRES: relative_sd > 0.
  explicit DistinctCounter(double relative_sd)
      : precision_(std::clamp(static_cast<int>(std::ceil(2 * std::log2(1.054 / relative_sd))),
                              precision_min, precision_max)),
        longest_(std::size_t{1} << precision_) {}

  /// Adds a thing by its hash.
  void add(std::uint64_t hash) {
    const std::uint64_t mixed = mix(hash);
    const std::uint64_t rest = mixed << precision_;
    const int run = rest == 0 ? 64 - precision_ + 1 : std::countl_zero(rest) + 1;
    auto& longest = longest_[mixed >> (64 - precision_)];
    longest = std::max(longest, static_cast<std::uint8_t>(run));
  }

  /// As if all that was added to `other` had been added here. REQUIRES: made with the same
  /// relative_sd.
  void merge(const DistinctCounter& other) {
    for (std::size_t i = 0; i < longest_.size(); ++i) {
      longest_[i] = std::max(longest_[i], other.longest_[i]);
    }
  }

  /// The estimate.
  [[nodiscard]] std::int64_t count() const {
    const auto groups = static_cast<double>(longest_.size());
    double sum = 0;
    for (std::uint8_t run : longest_) sum += std::ldexp(1.0, -run);
    double estimate = 0.7213 / (1 + 1.079 / groups) * groups * groups / sum;
    const auto empty = static_cast<double>(std::count(longest_.begin(), longest_.end(), 0));
    if (empty > 0 && estimate <= 2.5 * groups) estimate = groups * std::log(groups / empty);
    return std::llround(estimate);
  }

 private:
  /// All bits of a hash spread over all bits: the finisher of MurmurHash3.
  static constexpr std::uint64_t mix(std::uint64_t hash) {
    hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDULL;
    hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53ULL;
    return hash ^ (hash >> 33);
  }

  int precision_;
  std::vector<std::uint8_t> longest_;
};

/// About how many different rows there are. `relative_sd`: the standard deviation of the result,
/// relative to the true number; memory grows with its inverse square, to 1 MiB for each partition
/// at 0.001.
///
/// An action. Errors: throws Error(invalid_argument) for less than 0.000017; those of actions.
/// Source: Spark's RDD.countApproxDistinct.
template <Record T>
std::int64_t count_approx_distinct(const RDD<T>& rows, double relative_sd = 0.05) {
  if (!(relative_sd >= DistinctCounter::relative_sd_min)) {
    throw Error(ErrorCode::invalid_argument,
                "relative_sd must be at least 0.000017: got " + to_text(relative_sd));
  }
  DistinctCounter total(relative_sd);
  auto add = [](DistinctCounter& counter, const T& row) {
    counter.add(RecordTraits<T>::hash(row));
  };
  for (const auto& part : for_each_row<DistinctCounter>(rows.node(), total, add)) {
    total.merge(part);
  }
  return total.count();
}

}  // namespace thalweg
