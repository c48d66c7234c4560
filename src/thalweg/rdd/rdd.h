// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/rdd/actions.h"
#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/functions.h"
#include "thalweg/rdd/nodes/cartesian.h"
#include "thalweg/rdd/nodes/coalesced.h"
#include "thalweg/rdd/nodes/cogrouped.h"
#include "thalweg/rdd/nodes/combined.h"
#include "thalweg/rdd/nodes/counted.h"
#include "thalweg/rdd/nodes/filtered.h"
#include "thalweg/rdd/nodes/flat_mapped.h"
#include "thalweg/rdd/nodes/glommed.h"
#include "thalweg/rdd/nodes/map_partitions.h"
#include "thalweg/rdd/nodes/mapped.h"
#include "thalweg/rdd/nodes/parsed.h"
#include "thalweg/rdd/nodes/routed.h"
#include "thalweg/rdd/nodes/sampled.h"
#include "thalweg/rdd/nodes/union.h"
#include "thalweg/rdd/nodes/zipped.h"
#include "thalweg/rdd/saving.h"
#include "thalweg/rdd/spilling/grouped.h"
#include "thalweg/rdd/spilling/sorted.h"

namespace thalweg {

template <typename T>
class RDD;

/// The rows of several RDDs, one after the other. REQUIRES: at least one.
template <typename T>
RDD<T> union_of(const std::vector<RDD<T>>& rdds);

/// A collection of T in partitions: immutable, computed when an action asks for it, computed again
/// from its lineage when a part is lost. Transformations return a new RDD at once; actions run.
///
///     Context context(session);
///     auto counts = context.text_file("access.log")
///                       .flat_map(split(' '))
///                       .map([](auto word) { return std::pair(word, 1); })
///                       .reduce_by_key(std::plus<>());
///     for (auto& [word, count] : counts.collect()) ...
///
/// Rows that are views (std::string_view) are valid while their chunk is worked on; what an action
/// returns is owned: owned_t<T>. Users' functions are called as const and from several threads.
/// Where the number of partitions is 0, that of the parents is kept (the largest).
///
/// A handle: copying it is cheap. Thread safety: all methods may be called concurrently.
/// Errors: transformations throw Error(invalid_argument) for arguments that make no sense; actions
///         throw Error with what failed, in which operator, partition and at which record.
/// Source: the operators and their meaning are those of Spark's RDD and PairRDDFunctions.
template <typename T>
class RDD {
 public:
  using Row = T;

  explicit RDD(NodePointer<T> node) : node_(std::move(node)) {}

  // Row by row.

  /// `function` of every row.
  template <MapFunction<T> F>
  [[nodiscard]] auto map(F function) const {
    using U = ResultOf<F, T>;
    return RDD<U>(make_node<MappedNode<T, U, F>>(node_, std::move(function), false));
  }

  /// The rows for which `predicate` is true. See contains() in functions.h.
  template <PredicateFunction<T> F>
  [[nodiscard]] RDD filter(F predicate) const {
    return RDD(make_node<FilteredNode<T, F>>(node_, std::move(predicate)));
  }

  /// The rows of the range that `function` makes of every row. See split() in functions.h.
  template <FlatMapFunction<T> F>
  [[nodiscard]] auto flat_map(F function) const {
    using U = FlatMapRowOf<F, T>;
    return RDD<U>(make_node<FlatMappedNode<T, U, F>>(node_, std::move(function), false));
  }

  /// What `function` makes of the rows; where it returns a reason in place of a value (Parsed<U>),
  /// or throws BadRecord, the row goes to the session's dead letters and is counted.
  template <ParseFunction<T> F>
  [[nodiscard]] auto parse(F function) const {
    using U = ParsedValueOf<F, T>;
    return RDD<U>(make_node<ParsedNode<T, U, F>>(node_, std::move(function)));
  }

  /// The rows of the range that `function(rows)` makes of each partition's rows. `rows` is read
  /// lazily, once; what the function returns may be lazy too.
  template <typename F>
  requires std::invocable<const F&, Rows<T>>
  [[nodiscard]] auto map_partitions(F function, bool keeps_keys = false) const {
    return map_partitions_with_index(
        [function = std::move(function)](int, Rows<T> rows) { return function(rows); }, keeps_keys);
  }

  /// As map_partitions, with the partition's number in front.
  template <PartitionFunction<T> F>
  [[nodiscard]] auto map_partitions_with_index(F function, bool keeps_keys = false) const {
    using U = PartitionRowOf<F, T>;
    return RDD<U>(make_node<MapPartitionsNode<T, U, F>>(node_, std::move(function), keeps_keys));
  }

  /// Each partition as one row: a vector of its rows.
  [[nodiscard]] auto glom() const { return RDD<std::vector<T>>(make_node<GlommedNode<T>>(node_)); }

  /// Pairs of `function` of the row, and the row.
  template <MapFunction<T> F>
  [[nodiscard]] auto key_by(F function) const {
    return map([function = std::move(function)](const T& row) {
      return std::pair<ResultOf<F, T>, T>(call_with(function, row), row);
    });
  }

  /// Rows drawn by chance, each with probability `fraction`; with replacement, each `fraction`
  /// times on average. The same seed draws the same rows.
  [[nodiscard]] RDD sample(bool with_replacement, double fraction, std::uint64_t seed) const {
    if (!(fraction >= 0) || (!with_replacement && fraction > 1)) {
      throw Error(ErrorCode::invalid_argument,
                  "sample fraction must be at least 0, and at most 1 without replacement: got " +
                      to_text(fraction));
    }
    return RDD(make_node<SampledNode<T>>(node_, with_replacement, 0.0, fraction, seed));
  }

  /// Divides the rows by chance into as many RDDs as there are weights, in their proportion.
  [[nodiscard]] std::vector<RDD> random_split(const std::vector<double>& weights,
                                              std::uint64_t seed) const {
    double total = 0;
    for (double weight : weights) {
      if (!(weight >= 0)) {
        throw Error(ErrorCode::invalid_argument,
                    "random_split weights must not be negative: got " + to_text(weight));
      }
      total += weight;
    }
    if (!(total > 0)) throw Error(ErrorCode::invalid_argument, "random_split weights add up to 0");
    std::vector<RDD> parts;
    double low = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      double high = i + 1 == weights.size() ? 1.0 : low + weights[i] / total;
      parts.push_back(RDD(make_node<SampledNode<T>>(node_, false, low, high, seed)));
      low = high;
    }
    return parts;
  }

  // Several RDDs.

  /// The rows of both, without a shuffle; duplicates stay.
  [[nodiscard]] RDD union_with(const RDD& other) const { return union_of<T>({*this, other}); }

  /// Rows that are in both, each once.
  [[nodiscard]] RDD intersection(const RDD& other, int partitions = 0) const requires Record<T> {
    return with_mark()
        .cogroup(other.with_mark(), partitions)
        .filter(
            [](const auto& row) { return !row.second.first.empty() && !row.second.second.empty(); })
        .keys();
  }

  /// Rows that are not in `other`; duplicates stay.
  [[nodiscard]] RDD subtract(const RDD& other, int partitions = 0) const requires Record<T> {
    return with_mark().subtract_by_key(other.with_mark(), partitions).keys();
  }

  /// Every row of this with every row of `other`.
  template <typename U>
  [[nodiscard]] auto cartesian(const RDD<U>& other) const {
    return RDD<std::pair<T, U>>(make_node<CartesianNode<T, U>>(node_, other.node()));
  }

  /// Row i of this with row i of `other`, which has the same number of partitions, and of rows in
  /// each: else an Error, for the partitions at once, for the rows from the action.
  template <typename U>
  [[nodiscard]] auto zip(const RDD<U>& other) const {
    return RDD<std::pair<T, U>>(make_node<ZippedNode<T, U>>(node_, other.node()));
  }

  /// Every row with its number from 0, through the partitions in order. Counts the partitions but
  /// the last in a job of its own, at once.
  [[nodiscard]] auto zip_with_index() const {
    std::vector<int> partitions = all_partitions(*node_);
    if (!partitions.empty()) partitions.pop_back();
    auto counts = for_each_chunk<std::int64_t>(node_, partitions, 0,
                                               [](std::int64_t& sum, const Chunk<T>& chunk) {
                                                 sum += static_cast<std::int64_t>(chunk.size());
                                                 return true;
                                               });
    std::vector<std::int64_t> first{0};
    for (std::int64_t size : counts) first.push_back(first.back() + size);
    return RDD<std::pair<T, std::int64_t>>(make_node<IndexedNode<T>>(node_, std::move(first)));
  }

  /// Each row once, in the order in which they first come in each partition.
  [[nodiscard]] RDD distinct(int partitions = 0) const requires Record<T> {
    return with_mark().reduce_by_key([](char mark, char) { return mark; }, partitions).keys();
  }

  /// One row: how many rows there are, 0 for none. As count(), but not computed before it is used.
  [[nodiscard]] RDD<std::int64_t> counted() const {
    return RDD<std::int64_t>(make_counted_node(node_, count_rows<T>));
  }

  // Partitions and order.

  /// At most `partitions` partitions, neighbours put together, without a shuffle.
  [[nodiscard]] RDD coalesce(int partitions) const {
    require_positive(partitions, "coalesce");
    return RDD(make_node<CoalescedNode<T>>(node_, partitions));
  }

  /// Exactly `partitions` partitions of nearly equal size, through a shuffle.
  [[nodiscard]] RDD repartition(int partitions) const requires Record<T> {
    require_positive(partitions, "repartition");
    return RDD(make_node<RoutedNode<T>>("repartition",
                                        make_shuffle<RoutedShuffle<T, RoundRobinRoute>>(
                                            node_, partitions, RoundRobinRoute{partitions}),
                                        nullptr));
  }

  /// The rows in order of `key(row)`; equal ones stay in their order. Looks at a sample of the keys
  /// in a job of its own, at once, to make ranges of nearly equal size.
  template <MapFunction<T> F>
  requires Record<T> && Record<ResultOf<F, T>> && std::totally_ordered<ResultOf<F, T>>
  [[nodiscard]] RDD sort_by(F key, bool ascending = true, int partitions = 0) const {
    using K = ResultOf<F, T>;
    auto key_of = [key](const T& row) -> K { return call_with(key, row); };
    auto partitioner = sample_ranges<K>(key_of, ascending, partitions);
    auto route = [key_of, partitioner](int, std::int64_t, const T& row) {
      return partitioner->partition_of(key_of(row), 0);
    };
    auto shuffle = make_shuffle<RoutedShuffle<T, decltype(route)>>(
        node_, partitioner->partition_count(), route);
    using Sorted = SortedNode<T, K, decltype(key_of), std::less<>>;
    return RDD(make_node<Sorted>(shuffle, key_of, std::less<>(), ascending, nullptr));
  }

  /// Pairs of `function(row)` and all rows of that key.
  template <MapFunction<T> F>
  requires Record<T> && Record<ResultOf<F, T>>
  [[nodiscard]] auto group_by(F function, int partitions = 0) const {
    return key_by(std::move(function)).group_by_key(partitions);
  }

  // Pairs.

  template <typename F, typename P = T>
  requires is_pair<P> && MapFunction<F, ValueOf<P>>
  [[nodiscard]] auto map_values(F function) const {
    using W = ResultOf<F, ValueOf<T>>;
    using Out = std::pair<KeyOf<T>, W>;
    auto on_value = [function = std::move(function)](const T& row) {
      return Out(row.first, call_with(function, row.second));
    };
    return RDD<Out>(make_node<MappedNode<T, Out, decltype(on_value)>>(node_, std::move(on_value),
                                                                      true, "map_values"));
  }

  template <typename F, typename P = T>
  requires is_pair<P> && RangeFunction<F, ValueOf<P>>
  [[nodiscard]] auto flat_map_values(F function) const {
    using W = FlatMapRowOf<F, ValueOf<T>>;
    using Out = std::pair<KeyOf<T>, W>;
    auto on_value = [function = std::move(function)](const T& row) {
      std::vector<Out> rows;
      for (auto&& value : call_with(function, row.second)) rows.emplace_back(row.first, value);
      return rows;
    };
    return RDD<Out>(
        make_node<FlatMappedNode<T, Out, decltype(on_value)>>(node_, std::move(on_value), true));
  }

  template <typename P = T>
  requires is_pair<P>
  [[nodiscard]] auto keys() const {
    return map([](const T& row) { return row.first; });
  }
  template <typename P = T>
  requires is_pair<P>
  [[nodiscard]] auto values() const {
    return map([](const T& row) { return row.second; });
  }

  /// One value per key: `function` of all of them, in any grouping. Adds up each partition before
  /// it is shuffled.
  template <typename F, typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>> && ReduceFunction<F, ValueOf<P>>
  [[nodiscard]] RDD reduce_by_key(F function, int partitions = 0) const {
    return reduce_by_key(std::move(function), hash_partitioner(partitions));
  }
  template <typename F, typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>> && ReduceFunction<F, ValueOf<P>>
  [[nodiscard]] RDD reduce_by_key(F function,
                                  std::shared_ptr<const Partitioner<KeyOf<P>>> partitioner) const {
    using V = ValueOf<T>;
    return combined<V>("reduce_by_key", Reducing<V, F>{std::move(function)}, partitioner);
  }

  /// As reduce_by_key, starting from `zero` once in each partition.
  template <typename F, typename P = T>
  requires KeyedRecord<P> && OwningRecord<ValueOf<P>> && ReduceFunction<F, ValueOf<P>>
  [[nodiscard]] RDD fold_by_key(ValueOf<P> zero, F function, int partitions = 0) const {
    using V = ValueOf<T>;
    return combine_by_key(
        [zero, function](const V& value) { return V(call_with(function, zero, value)); }, function,
        function, partitions);
  }

  /// As combine_by_key, where a key's first accumulated value is made by `add(zero, value)`.
  template <typename C, typename Add, typename Merge, typename P = T>
  requires KeyedRecord<P> && OwningRecord<C> && FoldFunction<Add, C, ValueOf<P>> &&
      ReduceFunction<Merge, C>
  [[nodiscard]] auto aggregate_by_key(C zero, Add add, Merge merge, int partitions = 0) const {
    using V = ValueOf<T>;
    return combine_by_key([zero, add](const V& value) { return C(call_with(add, zero, value)); },
                          add, merge, partitions);
  }

  /// One C per key: `create(first value)`, then `add(c, value)` within a partition, then
  /// `merge(c, c)` across partitions in their order.
  template <typename Create, typename Add, typename Merge, typename P = T>
  requires KeyedRecord<P> && MapFunction<Create, ValueOf<P>> &&
      Record<ResultOf<Create, ValueOf<P>>> &&
      FoldFunction<Add, ResultOf<Create, ValueOf<P>>, ValueOf<P>> &&
      ReduceFunction<Merge, ResultOf<Create, ValueOf<P>>>
  [[nodiscard]] auto combine_by_key(Create create, Add add, Merge merge, int partitions = 0) const {
    using V = ValueOf<T>;
    using C = ResultOf<Create, V>;
    return combined<C>(
        "combine_by_key",
        Combining<V, C, Create, Add, Merge>{std::move(create), std::move(add), std::move(merge)},
        hash_partitioner(partitions));
  }

  /// All values of each key. Where a sum or count will do, reduce_by_key moves far less.
  template <typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>>
  [[nodiscard]] auto group_by_key(int partitions = 0) const {
    return group_by_key(hash_partitioner(partitions));
  }
  template <typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>>
  [[nodiscard]] auto group_by_key(std::shared_ptr<const Partitioner<KeyOf<P>>> partitioner) const {
    using K = KeyOf<T>;
    using V = ValueOf<T>;
    return RDD<std::pair<K, std::vector<V>>>(make_node<GroupedNode<K, V>>(node_, partitioner));
  }

  /// The pairs in order of their keys.
  template <typename P = T>
  requires KeyedRecord<P> && std::totally_ordered<KeyOf<P>>
  [[nodiscard]] RDD sort_by_key(bool ascending = true, int partitions = 0) const {
    return sort_by([](const T& row) { return row.first; }, ascending, partitions);
  }

  /// The pairs in the partitions that `partitioner` names.
  template <typename P = T>
  requires KeyedRecord<P> && Record<P>
  [[nodiscard]] RDD partition_by(std::shared_ptr<const Partitioner<KeyOf<P>>> partitioner) const {
    if (node_->partitioner() != nullptr && node_->partitioner()->same_as(*partitioner))
      return *this;
    using K = KeyOf<T>;
    return RDD(make_node<RoutedNode<T>>(
        "partition_by",
        make_shuffle<RoutedShuffle<T, KeyRoute<K>>>(node_, partitioner->partition_count(),
                                                    KeyRoute<K>(partitioner)),
        partitioner));
  }
  template <typename P = T>
  requires KeyedRecord<P> && Record<P>
  [[nodiscard]] RDD partition_by(int partitions) const {
    require_positive(partitions, "partition_by");
    return partition_by(hash_partitioner(partitions));
  }

  /// For each key of either side all its values on the left and all on the right.
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto cogroup(const RDD<std::pair<KeyOf<P>, W>>& other, int partitions = 0) const {
    using K = KeyOf<T>;
    using V = ValueOf<T>;
    auto partitioner = partitioner_with(other.node(), partitions);
    return RDD<std::pair<K, std::pair<std::vector<V>, std::vector<W>>>>(
        make_node<CogroupedNode<K, V, W>>(node_, other.node(), partitioner));
  }

  /// A pair of values for each combination of a left and a right value of a key.
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto join(const RDD<std::pair<KeyOf<P>, W>>& other, int partitions = 0) const {
    using V = ValueOf<T>;
    return cogroup(other, partitions).flat_map_values([](const auto& sides) {
      std::vector<std::pair<V, W>> rows;
      for (const V& left : sides.first) {
        for (const W& right : sides.second) rows.emplace_back(left, right);
      }
      return rows;
    });
  }

  /// As join; a left value without a right one is paired with nothing.
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto left_outer_join(const RDD<std::pair<KeyOf<P>, W>>& other,
                                     int partitions = 0) const {
    return outer_join<ValueOf<T>, std::optional<W>>(other, partitions);
  }
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto right_outer_join(const RDD<std::pair<KeyOf<P>, W>>& other,
                                      int partitions = 0) const {
    return outer_join<std::optional<ValueOf<T>>, W>(other, partitions);
  }
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto full_outer_join(const RDD<std::pair<KeyOf<P>, W>>& other,
                                     int partitions = 0) const {
    return outer_join<std::optional<ValueOf<T>>, std::optional<W>>(other, partitions);
  }

  /// The pairs whose key is not in `other`.
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] RDD subtract_by_key(const RDD<std::pair<KeyOf<P>, W>>& other,
                                    int partitions = 0) const {
    return cogroup(other, partitions).flat_map_values([](const auto& sides) {
      return sides.second.empty() ? sides.first : std::decay_t<decltype(sides.first)>();
    });
  }

  // Actions.

  /// All rows, partition by partition.
  [[nodiscard]] std::vector<owned_t<T>> collect() const { return collect_rows(node_); }

  [[nodiscard]] std::int64_t count() const {
    std::int64_t total = 0;
    for (std::int64_t part : partition_counts()) total += part;
    return total;
  }

  /// Errors: throws Error(invalid_argument) when there is no row.
  [[nodiscard]] owned_t<T> first() const {
    auto rows = take(1);
    require_rows(!rows.empty(), "first");
    return std::move(rows.front());
  }

  /// The first `count` rows; computes no more partitions than needed.
  [[nodiscard]] std::vector<owned_t<T>> take(std::size_t count) const {
    return take_rows(node_, count);
  }
  [[nodiscard]] bool is_empty() const { return take(1).empty(); }

  /// The `count` smallest rows, in order.
  template <typename Less = std::less<>>
  [[nodiscard]] std::vector<owned_t<T>> take_ordered(std::size_t count, Less less = {}) const {
    return take_ordered_rows(node_, count, less);
  }
  /// The `count` largest rows, largest first.
  template <typename Less = std::less<>>
  [[nodiscard]] std::vector<owned_t<T>> top(std::size_t count, Less less = {}) const {
    return take_ordered_rows(node_, count, [less](const T& a, const T& b) { return less(b, a); });
  }

  /// Errors: throws Error(invalid_argument) when there is no row.
  template <ReduceFunction<T> F>
  [[nodiscard]] owned_t<T> reduce(F function) const {
    auto result = reduce_rows(node_, function);
    require_rows(result.has_value(), "reduce");
    return std::move(*result);
  }

  /// As reduce, from `zero`: once in each partition, and once over the partitions.
  template <ReduceFunction<T> F>
  requires std::same_as<T, owned_t<T>>
  [[nodiscard]] T fold(T zero, F function) const { return aggregate(zero, function, function); }

  /// `add(c, row)` over each partition from `zero`, then `merge(c, c)` over the partitions from
  /// `zero`, in order.
  template <typename C, FoldFunction<C, T> Add, ReduceFunction<C> Merge>
  requires std::same_as<C, owned_t<C>>
  [[nodiscard]] C aggregate(C zero, Add add, Merge merge) const {
    auto parts = for_each_row<C>(node_, zero,
                                 [&](C& sum, const T& row) { sum = C(call_with(add, sum, row)); });
    C total = std::move(zero);
    for (const C& part : parts) total = C(call_with(merge, total, part));
    return total;
  }

  template <typename Less = std::less<>>
  [[nodiscard]] owned_t<T> max(Less less = {}) const {
    return reduce([less](const T& a, const T& b) { return less(a, b) ? b : a; });
  }
  template <typename Less = std::less<>>
  [[nodiscard]] owned_t<T> min(Less less = {}) const {
    return reduce([less](const T& a, const T& b) { return less(b, a) ? b : a; });
  }
  /// 0 for no rows.
  [[nodiscard]] T sum() const requires std::is_arithmetic_v<T> {
    return fold(T{0}, [](T a, T b) { return static_cast<T>(a + b); });
  }

  /// Calls `function` with every row, in tasks.
  template <ActionFunction<T> F>
  void for_each(F function) const {
    for_each_row<char>(node_, 0, [&](char&, const T& row) { call_with(function, row); });
  }

  /// Calls `function(rows)` once for each partition, in a task.
  template <std::invocable<Rows<T>> F>
  void for_each_partition(F function) const {
    auto node = node_;
    throw_if_failed(run_job(node, all_partitions(*node), [&](int partition, TaskContext& context) {
      auto rows = node->open(partition, context);
      if (!rows.ok()) return rows.status();
      try {
        function(Rows<T>(*rows.value()));
      } catch (...) {
        return user_failure(*node, "");
      }
      return Status();
    }));
  }

  [[nodiscard]] KeyMap<owned_t<T>, std::int64_t> count_by_value() const requires Record<T> {
    auto counted = map([](const T& row) { return std::pair<T, std::int64_t>(row, 1); });
    return counted.reduce_by_key(std::plus<>()).collect_as_map();
  }
  template <typename P = T>
  requires KeyedRecord<P>
  [[nodiscard]] KeyMap<owned_t<KeyOf<P>>, std::int64_t> count_by_key() const {
    return keys().count_by_value();
  }
  /// Of several values of a key the last one stays.
  template <typename P = T>
  requires KeyedRecord<P>
  [[nodiscard]] KeyMap<owned_t<KeyOf<P>>, owned_t<ValueOf<P>>> collect_as_map() const {
    KeyMap<owned_t<KeyOf<P>>, owned_t<ValueOf<P>>> values;
    for (auto& [key, value] : collect()) values.insert_or_assign(std::move(key), std::move(value));
    return values;
  }
  /// All values of one key. Computes one partition only where the partitioner is known.
  template <typename P = T>
  requires KeyedRecord<P>
  [[nodiscard]] std::vector<owned_t<ValueOf<P>>> lookup(const KeyOf<P>& key) const {
    using K = KeyOf<P>;
    using V = ValueOf<P>;
    std::vector<int> partitions = all_partitions(*node_);
    if (auto* known = dynamic_cast<const Partitioner<K>*>(node_->partitioner().get())) {
      partitions = {known->place(key, RecordTraits<K>::hash(key))};
    }
    return concatenate<V>(for_each_chunk<std::vector<owned_t<V>>>(
        node_, partitions, {}, [&](std::vector<owned_t<V>>& values, const Chunk<T>& chunk) {
          for (std::size_t i = 0; i < chunk.size(); ++i) {
            if (RecordTraits<K>::equal(chunk[i].first, key)) values.push_back(own(chunk[i].second));
          }
          return true;
        }));
  }

  /// The rows one by one, with one partition in memory at a time.
  [[nodiscard]] LocalIterator<T> to_local_iterator() const { return LocalIterator<T>(node_); }

  /// Writes every row as a line, as print() shows it, into part files in a new directory.
  void save_as_text_file(const std::string& directory,
                         SaveMode mode = SaveMode::refuse) const requires Record<T> {
    save(directory, mode, [](Cursor<T>& rows, FileSystem& files, const std::string& path) {
      return write_text(rows, files, path);
    });
  }
  /// Writes the rows in their byte form; Context::object_file<T>() reads them.
  void save_as_object_file(const std::string& directory,
                           SaveMode mode = SaveMode::refuse) const requires Record<T> {
    save(directory, mode, [](Cursor<T>& rows, FileSystem& files, const std::string& path) {
      return write_objects(rows, files, path);
    });
  }

  // Keeping.

  /// Keeps the partitions when they are first computed.
  const RDD& persist(StorageLevel level = StorageLevel::memory) const requires Record<T> {
    node_->keep(level, row_codec<T>());
    return *this;
  }
  const RDD& cache() const requires Record<T> { return persist(StorageLevel::memory); }
  const RDD& unpersist() const {
    node_->keep(StorageLevel::none, nullptr);
    return *this;
  }
  [[nodiscard]] StorageLevel storage_level() const { return node_->storage_level(); }

  /// The next job that needs this RDD first writes it to a directory under `directory`; from then
  /// on it is read from there, and its lineage is let go.
  void checkpoint(const std::string& directory) const requires Record<T> {
    std::string own = join_path(directory, "rdd-" + std::to_string(node_->id().value));
    throw_if_failed(node_->session().local_files.make_directories(own));
    node_->request_checkpoint(own, row_codec<T>());
  }
  [[nodiscard]] bool is_checkpointed() const { return node_->checkpointed(); }

  const RDD& set_name(std::string name) const {
    node_->set_name(std::move(name));
    return *this;
  }
  [[nodiscard]] std::string name() const { return node_->name(); }
  [[nodiscard]] std::string to_debug_string() const { return node_->to_debug_string(); }
  [[nodiscard]] int partition_count() const { return node_->partition_count(); }
  [[nodiscard]] RddId id() const { return node_->id(); }
  [[nodiscard]] std::vector<std::int64_t> partition_counts() const {
    return for_each_chunk<std::int64_t>(node_, all_partitions(*node_), 0,
                                        [](std::int64_t& sum, const Chunk<T>& chunk) {
                                          sum += static_cast<std::int64_t>(chunk.size());
                                          return true;
                                        });
  }

  /// For the modules of Thalweg.
  [[nodiscard]] const NodePointer<T>& node() const { return node_; }

 private:
  template <typename U>
  friend class RDD;

  [[nodiscard]] auto with_mark() const {
    return map([](const T& row) { return std::pair<T, char>(row, 0); });
  }

  template <typename P = T>
  [[nodiscard]] std::shared_ptr<const Partitioner<KeyOf<P>>> hash_partitioner(
      int partitions) const {
    return make_hash_partitioner<KeyOf<P>>(
        partitions > 0 ? partitions : std::max(1, partition_count()),
        node_->session().options.key_group_count);
  }

  /// A partitioner that one side already has, else one by hash into the larger count.
  template <typename Other>
  [[nodiscard]] auto partitioner_with(const NodePointer<Other>& other, int partitions) const {
    using K = KeyOf<T>;
    using Pointer = std::shared_ptr<const Partitioner<K>>;
    for (const AnyNode* side :
         {static_cast<const AnyNode*>(node_.get()), static_cast<const AnyNode*>(other.get())}) {
      auto known = std::dynamic_pointer_cast<const Partitioner<K>>(side->partitioner());
      if (known != nullptr && (partitions == 0 || partitions == known->partition_count())) {
        return Pointer(known);
      }
    }
    int count =
        partitions > 0 ? partitions : std::max({1, partition_count(), other->partition_count()});
    return Pointer(hash_partitioner(count));
  }

  template <typename C, typename Aggregation, typename P = T>
  [[nodiscard]] auto combined(std::string_view kind, Aggregation aggregation,
                              std::shared_ptr<const Partitioner<KeyOf<P>>> partitioner) const {
    using K = KeyOf<T>;
    return RDD<std::pair<K, C>>(make_node<CombinedNode<K, ValueOf<T>, C, Aggregation>>(
        node_, kind, partitioner, std::move(aggregation)));
  }

  template <typename L, typename R, typename W, typename P = T>
  [[nodiscard]] auto outer_join(const RDD<std::pair<KeyOf<P>, W>>& other, int partitions) const {
    constexpr bool left_optional = !std::same_as<L, ValueOf<T>>;
    constexpr bool right_optional = !std::same_as<R, W>;
    return cogroup(other, partitions).flat_map_values([](const auto& sides) {
      std::vector<std::pair<L, R>> rows;
      for (const auto& left : sides.first) {
        for (const auto& right : sides.second) rows.emplace_back(left, right);
        if constexpr (right_optional) {
          if (sides.second.empty()) rows.emplace_back(left, std::nullopt);
        }
      }
      if constexpr (left_optional) {
        if (sides.first.empty()) {
          for (const auto& right : sides.second) rows.emplace_back(std::nullopt, right);
        }
      }
      return rows;
    });
  }

  /// Bounds that cut a sample of the keys into ranges of equal size.
  template <typename K, typename KeyFunction>
  [[nodiscard]] auto sample_ranges(const KeyFunction& key, bool ascending, int partitions) const {
    constexpr std::size_t keys_per_partition = 64;
    std::size_t ranges =
        static_cast<std::size_t>(partitions > 0 ? partitions : std::max(1, partition_count()));
    std::vector<owned_t<K>> keys;
    if (ranges > 1) {
      keys = sampled_keys<K>(key, keys_per_partition * ranges);
      std::stable_sort(keys.begin(), keys.end());
    }
    std::vector<owned_t<K>> bounds;
    for (std::size_t i = 1; i < ranges && !keys.empty(); ++i) {
      const auto& bound = keys[std::min(keys.size() - 1, keys.size() * i / ranges)];
      if (bounds.empty() || bounds.back() < bound) bounds.push_back(bound);
    }
    return std::make_shared<const RangePartitioner<K>>(std::move(bounds), std::less<>(), ascending);
  }

  /// Up to `keys_max` keys of each partition, drawn with a fixed seed (reservoir).
  template <typename K, typename KeyFunction>
  [[nodiscard]] std::vector<owned_t<K>> sampled_keys(const KeyFunction& key,
                                                     std::size_t keys_max) const {
    struct Reservoir {
      std::vector<owned_t<K>> keys;
      Random random{42};
      std::uint64_t seen = 0;
    };
    auto parts = for_each_chunk<Reservoir>(
        node_, all_partitions(*node_), {}, [&](Reservoir& reservoir, const Chunk<T>& chunk) {
          for (std::size_t i = 0; i < chunk.size(); ++i) {
            ++reservoir.seen;
            if (reservoir.keys.size() < keys_max) {
              reservoir.keys.push_back(own<K>(key(chunk[i])));
            } else if (auto place = reservoir.random.below(reservoir.seen); place < keys_max) {
              reservoir.keys[place] = own<K>(key(chunk[i]));
            }
          }
          return true;
        });
    std::vector<owned_t<K>> keys;
    for (auto& part : parts)
      std::move(part.keys.begin(), part.keys.end(), std::back_inserter(keys));
    return keys;
  }

  template <typename Write>
  void save(const std::string& directory, SaveMode mode, const Write& write) const {
    auto node = node_;
    save_partitions(node_, directory, mode,
                    [node, &write](int partition, FileSystem& files, const std::string& path,
                                   TaskContext& context) -> Status {
                      THALWEG_TRY_ASSIGN(auto rows, node->open(partition, context));
                      return write(*rows, files, path);
                    });
  }

  NodePointer<T> node_;
};

template <typename T>
RDD<T> union_of(const std::vector<RDD<T>>& rdds) {
  if (rdds.empty()) throw Error(ErrorCode::invalid_argument, "union_of needs at least one RDD");
  std::vector<std::shared_ptr<AnyNode>> nodes;
  for (const auto& rdd : rdds) nodes.push_back(rdd.node());
  return RDD<T>(make_node<UnionNode<T>>(nodes));
}

}  // namespace thalweg
