// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "thalweg/rdd/rdd.h"

namespace thalweg {

/// Values, one a partition, merged into `groups` partitions through a shuffle: neighbours go
/// together, in their order. For tree_aggregate().
template <typename C, typename Merge>
RDD<C> merge_neighbours(const RDD<C>& values, int groups, const Merge& merge) {
  auto route = [groups, parts = values.partition_count()](int part, std::int64_t, const C&) {
    return static_cast<int>(static_cast<std::int64_t>(part) * groups / parts);
  };
  auto shuffle = make_shuffle<RoutedShuffle<C, decltype(route)>>(values.node(), groups, route);
  return RDD<C>(make_node<RoutedNode<C>>("tree_aggregate", shuffle, nullptr))
      .map_partitions([merge](Rows<C> rows) {
        std::optional<C> sum;
        for (const C& row : rows) sum = sum ? C(call_with(merge, *sum, row)) : row;
        // No group is empty: there are more values than groups.
        return std::array<C, 1>{std::move(*sum)};
      });
}

/// As RDD::aggregate(), with the results of partitions merged in `depth` steps: all but the last
/// one in tasks, so that neither the memory nor the time of the calling thread bounds how many
/// partitions there may be. `add(c, row)` starts from `zero` in each partition; `merge(c, c)` is
/// called in the partitions' order, in any grouping. `zero` for no partitions.
///
/// An action. Errors: throws Error(invalid_argument) for a depth below 1; those of actions.
/// Source: Spark's RDD.treeAggregate.
template <typename T, OwningRecord C, FoldFunction<C, T> Add, ReduceFunction<C> Merge>
C tree_aggregate(const RDD<T>& rows, C zero, Add add, Merge merge, int depth = 2) {
  if (depth < 1) {
    throw Error(ErrorCode::invalid_argument,
                "tree_aggregate needs a depth of at least 1: got " + std::to_string(depth));
  }
  double count = rows.partition_count();
  if (count == 0) return zero;
  RDD<C> parts = rows.map_partitions([zero, add](Rows<T> part) {
    C sum = zero;
    for (const T& row : part) sum = C(call_with(add, sum, row));
    return std::array<C, 1>{std::move(sum)};
  });
  const double scale = std::max(std::ceil(std::pow(count, 1.0 / depth)), 2.0);
  while (count > scale + count / scale) {  // Fewer each time: scale is 2 or more.
    count /= scale;
    parts = merge_neighbours(parts, static_cast<int>(count), merge);
  }
  return parts.reduce(merge);
}

/// As RDD::reduce(), in the way of tree_aggregate().
///
/// An action. Errors: throws Error(invalid_argument) when there is no row, or for a depth below 1;
///         those of actions.
/// Source: Spark's RDD.treeReduce.
template <Record T, ReduceFunction<T> F>
owned_t<T> tree_reduce(const RDD<T>& rows, F function, int depth = 2) {
  using Sum = std::optional<owned_t<T>>;
  auto both = [function](const T& a, const T& b) { return own(T(call_with(function, a, b))); };
  auto add = [both](const Sum& sum, const T& row) {
    return sum ? Sum(both(row_of<T>(*sum), row)) : Sum(own(row));
  };
  auto merge = [both](const Sum& a, const Sum& b) {
    return a && b ? Sum(both(row_of<T>(*a), row_of<T>(*b))) : a ? a : b;
  };
  Sum total = tree_aggregate(rows, Sum(), add, merge, depth);
  if (!total) {
    throw Error(ErrorCode::invalid_argument, "tree_reduce of an RDD without rows");
  }
  return std::move(*total);
}

}  // namespace thalweg
