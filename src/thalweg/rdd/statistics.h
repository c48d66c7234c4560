// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/rdd/actions.h"
#include "thalweg/rdd/rdd.h"

namespace thalweg {

/// Count, mean, variance and extremes of numbers, gathered in one pass.
///
/// Source: the names and meanings are those of Spark's StatCounter; the merging of means and
/// variances is that of Chan, Golub and LeVeque (1979).
class Statistics {
 public:
  void add(double value) {
    double delta = value - mean_;
    ++count_;
    mean_ += delta / static_cast<double>(count_);
    squares_ += delta * (value - mean_);
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  /// As if all that was added to `other` had been added here.
  void merge(const Statistics& other) {
    if (other.count_ == 0) return;
    double delta = other.mean_ - mean_;
    auto mine = static_cast<double>(count_);
    auto theirs = static_cast<double>(other.count_);
    mean_ += delta * theirs / (mine + theirs);
    squares_ += other.squares_ + delta * delta * mine * theirs / (mine + theirs);
    count_ += other.count_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
  }

  [[nodiscard]] std::int64_t count() const { return count_; }
  /// 0 for no numbers.
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double sum() const { return mean_ * static_cast<double>(count_); }
  /// Infinity for no numbers; max() is minus infinity then.
  [[nodiscard]] double min() const { return min_; }
  [[nodiscard]] double max() const { return max_; }
  /// Of the numbers as a whole population; not a number for none.
  [[nodiscard]] double variance() const { return squares_ / static_cast<double>(count_); }
  /// Of the numbers as a sample of more: divided by one less. Not a number for fewer than two.
  [[nodiscard]] double sample_variance() const {
    return count_ < 2 ? std::numeric_limits<double>::quiet_NaN()
                      : squares_ / static_cast<double>(count_ - 1);
  }
  [[nodiscard]] double stdev() const { return std::sqrt(variance()); }
  [[nodiscard]] double sample_stdev() const { return std::sqrt(sample_variance()); }

 private:
  std::int64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
};

/// The statistics of an RDD of numbers. An action; errors are those of actions.
template <typename T>
requires std::is_arithmetic_v<T> Statistics statistics(const RDD<T>& numbers) {
  Statistics total;
  for (const Statistics& part : for_each_row<Statistics>(
           numbers.node(), {},
           [](Statistics&sum, const T&value) { sum.add(static_cast<double>(value)); })) {
    total.merge(part);
  }
  return total;
}

/// How many numbers lie between each edge and the next: [a, b), the last one [y, z]. What lies
/// outside, and not-a-number, is not counted.
/// Errors: throws Error(invalid_argument) unless there are at least two edges and they ascend.
template <typename T>
requires std::is_arithmetic_v<T> std::vector<std::int64_t> histogram(
    const RDD<T>& numbers, const std::vector<double>& edges) {
  for (std::size_t i = 1; i < edges.size(); ++i) {
    if (edges[i - 1] < edges[i]) continue;
    throw Error(ErrorCode::invalid_argument,
                "histogram edges must ascend: " + to_text(edges[i - 1]) + " is before " +
                    to_text(edges[i]));
  }
  if (edges.size() < 2) {
    throw Error(ErrorCode::invalid_argument,
                "a histogram needs at least two edges: got " + std::to_string(edges.size()));
  }
  using Counts = std::vector<std::int64_t>;
  auto count = [&edges](Counts& counts, const T& row) {
    auto value = static_cast<double>(row);
    if (!(value >= edges.front() && value <= edges.back())) return;
    auto above = std::upper_bound(edges.begin(), edges.end(), value);
    if (above == edges.end()) --above;  // The last edge belongs to the last bucket.
    ++counts[static_cast<std::size_t>(above - edges.begin() - 1)];
  };
  Counts total(edges.size() - 1, 0);
  for (const Counts& part : for_each_row<Counts>(numbers.node(), total, count)) {
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += part[i];
  }
  return total;
}

/// A histogram of `buckets` of equal width from the smallest number to the largest: its edges and
/// counts. One bucket where all numbers are equal.
/// Errors: throws Error(invalid_argument) for fewer than one bucket, for no numbers, and where the
///         extremes are not finite.
template <typename T>
requires std::is_arithmetic_v<T> std::pair<std::vector<double>, std::vector<std::int64_t>>
histogram(const RDD<T>& numbers, int buckets) {
  if (buckets < 1) {
    throw Error(ErrorCode::invalid_argument,
                "a histogram needs at least one bucket: got " + std::to_string(buckets));
  }
  Statistics known = statistics(numbers);
  if (known.count() == 0 || !std::isfinite(known.min()) || !std::isfinite(known.max())) {
    throw Error(ErrorCode::invalid_argument, known.count() == 0
                                                 ? "a histogram of no numbers has no edges"
                                                 : "a histogram needs numbers that are finite");
  }
  std::vector<double> edges{known.min()};
  if (known.min() < known.max()) {
    const double width = (known.max() - known.min()) / buckets;
    for (int i = 1; i < buckets; ++i) edges.push_back(known.min() + i * width);
  }
  edges.push_back(known.max());
  if (edges.size() == 2 && edges[0] == edges[1]) return {edges, {known.count()}};
  return {edges, histogram(numbers, edges)};
}

}  // namespace thalweg
