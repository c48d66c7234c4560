// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/dstream/nodes/for_each.h"
#include "thalweg/dstream/nodes/transformed.h"
#include "thalweg/dstream/partition_count.h"
#include "thalweg/dstream/printing.h"
#include "thalweg/dstream/states.h"
#include "thalweg/dstream/windows.h"
#include "thalweg/dstream/writing.h"
#include "thalweg/rdd/rdd.h"

namespace thalweg {

template <typename T>
class DStream;

/// The batches of several streams together. REQUIRES: at least one.
template <typename T>
DStream<T> union_of(const std::vector<DStream<T>>& streams);

/// A function from the RDD of a batch, or from it and the batch's time, to an RDD. It may return
/// std::optional; nothing is an error.
template <typename F, typename T>
concept TransformFunction = std::invocable < const F&,
        const RDD<T>
& > || std::invocable<const F&, const RDD<T>&, Time>;

/// A function called with the RDD of a batch, or with it and the batch's time.
template <typename F, typename T>
concept BatchFunction = TransformFunction<F, T>;

template <typename F, typename... Rdds>
decltype(auto) call_on_batch(const F& function, Time time, const Rdds&... rdds) {
  if constexpr (std::invocable<const F&, const Rdds&..., Time>) {
    return function(rdds..., time);
  } else {
    return function(rdds...);
  }
}

template <typename R>
struct RddRow;
template <typename T>
struct RddRow<RDD<T>> {
  using type = T;
};
template <typename T>
struct RddRow<std::optional<RDD<T>>> {
  using type = T;
};
/// The rows of the RDD that F makes of batches.
template <typename F, typename... Rdds>
using BatchRowOf = typename RddRow<std::remove_cvref_t<decltype(call_on_batch(
    std::declval<const F&>(), Time(), std::declval<const Rdds&>()...))>>::type;

/// The batch that a user's function on batches returned.
template <typename U>
BatchRdd batch_of(const RDD<U>& rdd) {
  return rdd.node();
}
template <typename U>
BatchRdd batch_of(const std::optional<RDD<U>>& rdd) {
  if (rdd) return rdd->node();
  throw Error(ErrorCode::invalid_argument, "the transform function must not return nothing");
}

/// For reduce_by_key_and_window(): no key is ever dropped.
struct AllRows {
  template <typename T>
  bool operator()(const T&) const {
    return true;
  }
};

/// An endless collection of T in batches of time: a description of what is done with each batch.
/// Transformations return a new stream; output operations (print, for_each_rdd, save_as...,
/// write_to) say what becomes of it. Nothing runs before StreamingContext::start().
///
///     context.socket_text_stream("localhost", 9999)
///         .flat_map(split(' '))
///         .map([](auto word) { return std::pair(word, 1); })
///         .reduce_by_key(std::plus<>())
///         .print();
///
/// What holds for rows, views and functions of an RDD holds here: each batch is one. Where the
/// number of partitions is 0, it is the session's number of threads.
///
/// A handle; copies are the same stream. Streams are built on one thread.
/// Errors: throws Error(invalid_argument) for arguments that make no sense, and once the context
///         has started. What fails in a batch is reported by await_termination().
/// Source: the operators and their meaning are those of Spark's DStream and PairDStreamFunctions.
template <typename T>
class DStream {
 public:
  using Row = T;
  using Node = StreamNode;

  explicit DStream(std::shared_ptr<Node> node) : node_(std::move(node)) {}

  // Row by row: as on RDD.

  template <MapFunction<T> F>
  [[nodiscard]] auto map(F function) const {
    return per_batch(
        "map", [function = std::move(function)](const RDD<T>& rdd) { return rdd.map(function); });
  }
  template <PredicateFunction<T> F>
  [[nodiscard]] DStream filter(F predicate) const {
    return per_batch("filter", [predicate = std::move(predicate)](const RDD<T>& rdd) {
      return rdd.filter(predicate);
    });
  }
  template <FlatMapFunction<T> F>
  [[nodiscard]] auto flat_map(F function) const {
    return per_batch("flat_map", [function = std::move(function)](const RDD<T>& rdd) {
      return rdd.flat_map(function);
    });
  }
  /// What `function` makes of the records; bad ones go to the session's dead letters. See
  /// RDD::parse().
  template <ParseFunction<T> F>
  [[nodiscard]] auto parse(F function) const {
    return per_batch("parse", [function = std::move(function)](const RDD<T>& rdd) {
      return rdd.parse(function);
    });
  }
  template <typename F>
  requires std::invocable<const F&, Rows<T>>
  [[nodiscard]] auto map_partitions(F function, bool keeps_keys = false) const {
    return per_batch("map_partitions",
                     [function = std::move(function), keeps_keys](const RDD<T>& rdd) {
                       return rdd.map_partitions(function, keeps_keys);
                     });
  }
  template <PartitionFunction<T> F>
  [[nodiscard]] auto map_partitions_with_index(F function, bool keeps_keys = false) const {
    return per_batch("map_partitions_with_index",
                     [function = std::move(function), keeps_keys](const RDD<T>& rdd) {
                       return rdd.map_partitions_with_index(function, keeps_keys);
                     });
  }
  /// Each partition of a batch as one row.
  [[nodiscard]] auto glom() const {
    return per_batch("glom", [](const RDD<T>& rdd) { return rdd.glom(); });
  }
  [[nodiscard]] DStream repartition(int partitions) const requires Record<T> {
    return per_batch("repartition",
                     [partitions](const RDD<T>& rdd) { return rdd.repartition(partitions); });
  }

  // Whole batches.

  /// The rows of both streams.
  [[nodiscard]] DStream union_with(const DStream& other) const {
    return union_of<T>({*this, other});
  }

  /// One row a batch: `function` of all its rows. A batch without rows gives none.
  template <ReduceFunction<T> F>
  requires Record<T>
  [[nodiscard]] DStream reduce(F function) const {
    return per_batch("reduce", [function = std::move(function)](const RDD<T>& rdd) {
      return rdd.map([](const T& row) { return std::pair<char, T>(0, row); })
          .reduce_by_key(function, 1)
          .values();
    });
  }

  /// One row a batch: how many rows it has; 0 for none.
  [[nodiscard]] DStream<std::int64_t> count() const {
    return per_batch("count", [](const RDD<T>& rdd) { return rdd.counted(); });
  }

  /// Each different row of a batch with how often it is there.
  [[nodiscard]] auto count_by_value(int partitions = 0) const requires Record<T> {
    return per_batch(
        "count_by_value", [count = partitions_or_default(partitions)](const RDD<T>& rdd) {
          return rdd.map([](const T& row) { return std::pair<T, std::int64_t>(row, 1); })
              .reduce_by_key(std::plus<>(), count);
        });
  }

  /// What `function` makes of the RDD of each batch, on the driver. It may use any RDD.
  template <TransformFunction<T> F>
  [[nodiscard]] auto transform(F function) const {
    using U = BatchRowOf<F, RDD<T>>;
    return transformed<U>(
        {node_}, "transform",
        [function = std::move(function)](const std::vector<BatchRdd>& batches, Time time) {
          return batch_of(call_on_batch(function, time, rdd_of<T>(batches[0])));
        },
        MissingBatch::refuse);
  }

  /// What `function` makes of the RDDs of each batch of both streams.
  template <typename W, typename F>
  requires std::invocable < const F&, const RDD<T>
  &, const RDD<W>& > ||
         std::invocable<const F&, const RDD<T>&, const RDD<W>&, Time> [[nodiscard]] auto
         transform_with(const DStream<W>& other, F function) const {
    return with_other("transform_with", other, std::move(function));
  }

  // Pairs: as on RDD.

  template <typename F, typename P = T>
  requires is_pair<P> && MapFunction<F, ValueOf<P>>
  [[nodiscard]] auto map_values(F function) const {
    return per_batch("map_values", [function = std::move(function)](const RDD<T>& rdd) {
      return rdd.map_values(function);
    });
  }
  template <typename F, typename P = T>
  requires is_pair<P> && RangeFunction<F, ValueOf<P>>
  [[nodiscard]] auto flat_map_values(F function) const {
    return per_batch("flat_map_values", [function = std::move(function)](const RDD<T>& rdd) {
      return rdd.flat_map_values(function);
    });
  }
  template <typename P = T>
  requires is_pair<P>
  [[nodiscard]] auto keys() const {
    return per_batch("keys", [](const RDD<T>& rdd) { return rdd.keys(); });
  }
  template <typename P = T>
  requires is_pair<P>
  [[nodiscard]] auto values() const {
    return per_batch("values", [](const RDD<T>& rdd) { return rdd.values(); });
  }
  template <typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>>
  [[nodiscard]] auto group_by_key(int partitions = 0) const {
    return per_batch("group_by_key", [count = partitions_or_default(partitions)](
                                         const RDD<T>& rdd) { return rdd.group_by_key(count); });
  }
  template <typename F, typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>> && ReduceFunction<F, ValueOf<P>>
  [[nodiscard]] DStream reduce_by_key(F function, int partitions = 0) const {
    using V = ValueOf<P>;
    return combined<V>("reduce_by_key", Reducing<V, F>{std::move(function)},
                       partitioner_of_batch(partitions));
  }
  template <typename F, typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>> && ReduceFunction<F, ValueOf<P>>
  [[nodiscard]] DStream reduce_by_key(
      F function, std::shared_ptr<const Partitioner<KeyOf<P>>> partitioner) const {
    using V = ValueOf<P>;
    return combined<V>("reduce_by_key", Reducing<V, F>{std::move(function)},
                       [partitioner = std::move(partitioner)] { return partitioner; });
  }
  template <typename Create, typename Add, typename Merge, typename P = T>
  requires KeyedRecord<P> && MapFunction<Create, ValueOf<P>> &&
      FoldFunction<Add, ResultOf<Create, ValueOf<P>>, ValueOf<P>> &&
      ReduceFunction<Merge, ResultOf<Create, ValueOf<P>>>
  [[nodiscard]] auto combine_by_key(Create create, Add add, Merge merge, int partitions = 0) const {
    using V = ValueOf<P>;
    using C = ResultOf<Create, V>;
    return combined<C>(
        "combine_by_key",
        Combining<V, C, Create, Add, Merge>{std::move(create), std::move(add), std::move(merge)},
        partitioner_of_batch(partitions));
  }
  template <typename P = T>
  requires KeyedRecord<P> && Record<P>
  [[nodiscard]] DStream partition_by(
      std::shared_ptr<const Partitioner<KeyOf<P>>> partitioner) const {
    return per_batch("partition_by", [partitioner = std::move(partitioner)](const RDD<T>& rdd) {
      return rdd.partition_by(partitioner);
    });
  }
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto cogroup(const DStream<std::pair<KeyOf<P>, W>>& other,
                             int partitions = 0) const {
    return with_other(
        "cogroup", other,
        [count = partitions_or_default(partitions)](const RDD<T>& left, const auto& right) {
          return left.cogroup(right, count);
        });
  }
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto join(const DStream<std::pair<KeyOf<P>, W>>& other, int partitions = 0) const {
    return with_other(
        "join", other,
        [count = partitions_or_default(partitions)](const RDD<T>& left, const auto& right) {
          return left.join(right, count);
        });
  }
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto left_outer_join(const DStream<std::pair<KeyOf<P>, W>>& other,
                                     int partitions = 0) const {
    return with_other(
        "left_outer_join", other,
        [count = partitions_or_default(partitions)](const RDD<T>& left, const auto& right) {
          return left.left_outer_join(right, count);
        });
  }
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto right_outer_join(const DStream<std::pair<KeyOf<P>, W>>& other,
                                      int partitions = 0) const {
    return with_other(
        "right_outer_join", other,
        [count = partitions_or_default(partitions)](const RDD<T>& left, const auto& right) {
          return left.right_outer_join(right, count);
        });
  }
  template <typename W, typename P = T>
  requires KeyedRecord<P> && Record<P> && Record<W>
  [[nodiscard]] auto full_outer_join(const DStream<std::pair<KeyOf<P>, W>>& other,
                                     int partitions = 0) const {
    return with_other(
        "full_outer_join", other,
        [count = partitions_or_default(partitions)](const RDD<T>& left, const auto& right) {
          return left.full_outer_join(right, count);
        });
  }

  // Windows: over the batches of the last `length`, every `slide` (0: this stream's own). Both are
  // multiples of this stream's slide. The first windows are partial. Windows go by the time at
  // which batches came. Only the edges of a window are worked on when it slides, but for window()
  // itself and what has to look at all of its rows.

  /// The rows of the last `length`. This stream's batches are kept in memory meanwhile.
  [[nodiscard]] DStream window(Duration length, Duration slide = Duration(0)) const {
    return make_window(*this, size_of(length, slide));
  }

  /// One row: `function` of all rows of the window; none where it is empty.
  template <ReduceFunction<T> F>
  requires Record<T>
  [[nodiscard]] DStream reduce_by_window(F function, Duration length,
                                         Duration slide = Duration(0)) const {
    return reduce(function).window(length, slide).reduce(function);
  }
  /// The same, where `inverse(sum, leaving)` takes away what leaves the window.
  template <ReduceFunction<T> F, ReduceFunction<T> Inverse>
  requires OwningRecord<T>
  [[nodiscard]] DStream reduce_by_window(F function, Inverse inverse, Duration length,
                                         Duration slide = Duration(0)) const {
    return with_one_key().reduce_by_key_and_window(function, inverse, length, slide, 1).values();
  }
  /// One row: how many rows the window has. Nothing before the first row; then 0 for none.
  [[nodiscard]] DStream<std::int64_t> count_by_window(Duration length,
                                                      Duration slide = Duration(0)) const {
    return map([](const T&) { return std::int64_t{1}; })
        .reduce_by_window(std::plus<>(), std::minus<>(), length, slide);
  }
  /// Each different row of the window with how often it is there.
  [[nodiscard]] auto count_by_value_and_window(Duration length, Duration slide = Duration(0),
                                               int partitions = 0) const requires Record<T> {
    return map([](const T& row) { return std::pair<T, std::int64_t>(row, 1); })
        .reduce_by_key_and_window(
            std::plus<>(), std::minus<>(), length, slide, partitions,
            [](const std::pair<T, std::int64_t>& row) { return row.second != 0; });
  }

  // Aggregates of a window of numbers; nothing where it is empty.

  [[nodiscard]] DStream sum_by_window(
      Duration length, Duration slide = Duration(0)) const requires std::is_arithmetic_v<T> {
    return with_one_key().sum_by_key_and_window(length, slide, 1).values();
  }
  [[nodiscard]] DStream<double> avg_by_window(
      Duration length, Duration slide = Duration(0)) const requires std::is_arithmetic_v<T> {
    return with_one_key().avg_by_key_and_window(length, slide, 1).values();
  }
  [[nodiscard]] DStream min_by_window(Duration length, Duration slide = Duration(0)) const requires
      OwningRecord<T> && std::totally_ordered<T> {
    return with_one_key().min_by_key_and_window(length, slide, 1).values();
  }
  [[nodiscard]] DStream max_by_window(Duration length, Duration slide = Duration(0)) const requires
      OwningRecord<T> && std::totally_ordered<T> {
    return with_one_key().max_by_key_and_window(length, slide, 1).values();
  }
  /// How many different rows the window has; 0 for none.
  [[nodiscard]] DStream<std::int64_t> count_distinct_by_window(
      Duration length, Duration slide = Duration(0)) const requires Record<T> {
    return count_by_value_and_window(length, slide).count();
  }

  // Windows of pairs, key by key.

  /// All values of each key in the window.
  template <typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>>
  [[nodiscard]] auto group_by_key_and_window(Duration length, Duration slide = Duration(0),
                                             int partitions = 0) const {
    return window(length, slide).group_by_key(partitions);
  }
  /// `function` of all values of each key in the window, made of one value a key and batch.
  template <typename F, typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>> && ReduceFunction<F, ValueOf<P>>
  [[nodiscard]] DStream reduce_by_key_and_window(F function, Duration length,
                                                 Duration slide = Duration(0),
                                                 int partitions = 0) const {
    return reduce_by_key(function, partitions)
        .window(length, slide)
        .reduce_by_key(function, partitions);
  }
  /// The same, where `inverse(sum, leaving)` takes away what leaves the window. A key stays for
  /// ever, with whatever value is left, unless `keep(row)` is false for it.
  template <typename F, typename Inverse, typename Keep = AllRows, typename P = T>
  requires KeyedRecord<P> && OwningRecord<ValueOf<P>> && ReduceFunction<F, ValueOf<P>> &&
      ReduceFunction<Inverse, ValueOf<P>> && PredicateFunction<Keep, P>
  [[nodiscard]] DStream reduce_by_key_and_window(F function, Inverse inverse, Duration length,
                                                 Duration slide = Duration(0), int partitions = 0,
                                                 Keep keep = {}) const {
    using K = KeyOf<P>;
    using V = ValueOf<P>;
    auto partitioner = hash_partitioner(partitions);
    InvertibleAggregation<K, V, F, Inverse, Keep> aggregation{function, inverse, keep};
    return make_sliding_state<V>(reduce_by_key(function, partitioner), "reduce_by_key_and_window",
                                 size_of(length, slide), partitioner, aggregation);
  }

  /// The sum of each key's values in the window; keys without any are not there. Whole numbers are
  /// taken away as they leave; others are added up without what left, so that nothing drifts.
  template <typename P = T>
  requires KeyedRecord<P> && std::is_arithmetic_v<ValueOf<P>>
  [[nodiscard]] DStream sum_by_key_and_window(Duration length, Duration slide = Duration(0),
                                              int partitions = 0) const {
    using K = KeyOf<P>;
    using V = ValueOf<P>;
    auto partitioner = hash_partitioner(partitions);
    if constexpr (std::is_integral_v<V>) {
      auto counted = map_values([](const V& value) { return Counted<V>(value, 1); });
      return make_sliding_state<Counted<V>>(counted.reduce_by_key(AddCounted(), partitioner),
                                            "sum_by_key_and_window", size_of(length, slide),
                                            partitioner, SumAggregation<K, V>())
          .map_values([](const Counted<V>& sum) { return sum.first; });
    } else {
      return make_two_stacks(*this, "sum_by_key_and_window", size_of(length, slide), partitioner,
                             std::plus<V>());
    }
  }
  template <typename P = T>
  requires KeyedRecord<P> && std::is_arithmetic_v<ValueOf<P>>
  [[nodiscard]] auto avg_by_key_and_window(Duration length, Duration slide = Duration(0),
                                           int partitions = 0) const {
    auto counted = map_values(
        [](const ValueOf<P>& value) { return Counted<double>(static_cast<double>(value), 1); });
    return make_two_stacks(counted, "avg_by_key_and_window", size_of(length, slide),
                           hash_partitioner(partitions), AddCounted())
        .map_values(
            [](const Counted<double>& sum) { return sum.first / static_cast<double>(sum.second); });
  }
  template <typename P = T>
  requires KeyedRecord<P> && OwningRecord<ValueOf<P>> && std::totally_ordered<ValueOf<P>>
  [[nodiscard]] DStream min_by_key_and_window(Duration length, Duration slide = Duration(0),
                                              int partitions = 0) const {
    return make_two_stacks(*this, "min_by_key_and_window", size_of(length, slide),
                           hash_partitioner(partitions), TakeSmaller());
  }
  template <typename P = T>
  requires KeyedRecord<P> && OwningRecord<ValueOf<P>> && std::totally_ordered<ValueOf<P>>
  [[nodiscard]] DStream max_by_key_and_window(Duration length, Duration slide = Duration(0),
                                              int partitions = 0) const {
    return make_two_stacks(*this, "max_by_key_and_window", size_of(length, slide),
                           hash_partitioner(partitions), TakeLarger());
  }
  /// How many different values each key has in the window.
  template <typename P = T>
  requires KeyedRecord<P> && Record<P>
  [[nodiscard]] auto count_distinct_by_key_and_window(Duration length, Duration slide = Duration(0),
                                                      int partitions = 0) const {
    return count_by_value_and_window(length, slide, partitions)
        .map([](const std::pair<P, std::int64_t>& row) {
          return std::pair<KeyOf<P>, std::int64_t>(row.first.first, 1);
        })
        .reduce_by_key(std::plus<>(), partitions);
  }

  // State: kept from batch to batch, and in checkpoints, where name() identifies it.

  /// `function(values, state)` for every key that has a state or a value in the batch, also with
  /// none: what the state becomes, or nothing to forget the key. Also called as (key, values,
  /// state) or (time, key, values, state). Every key is a row of every batch.
  ///
  ///     words.update_state_by_key<int>([](const std::vector<int>& ones, std::optional<int> sum) {
  ///       return std::optional(sum.value_or(0) + static_cast<int>(ones.size()));
  ///     })
  template <typename S, typename F, typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>> && OwningRecord<S> &&
      UpdateFunction<F, KeyOf<P>, ValueOf<P>, S>
  [[nodiscard]] DStream<std::pair<KeyOf<P>, S>> update_state_by_key(
      F function, StateSpec<KeyOf<P>, S> spec = {}) const {
    auto partitioner = partitioner_of(spec);
    return make_update_state<S>(*this, std::move(function), std::move(spec), partitioner);
  }

  /// `function(key, value, state)`, or with the batch's time in front, for every row: it may look
  /// at, update or remove the state of the key; what it returns is a row, or with std::optional
  /// perhaps none. Only keys with rows are touched. See State and StateSpec.
  template <typename S, typename F, typename P = T>
  requires KeyedRecord<P> && Record<ValueOf<P>> && OwningRecord<S> &&
      MapStateFunction<F, KeyOf<P>, ValueOf<P>, S>
  [[nodiscard]] auto map_with_state(F function, StateSpec<KeyOf<P>, S> spec = {}) const {
    auto partitioner = partitioner_of(spec);
    return make_map_state<S>(*this, std::move(function), std::move(spec), partitioner);
  }

  // Output.

  /// Prints the first `rows` rows of each batch under a header with its time, as Scala's print().
  void print(std::size_t rows = 10) const requires Record<T> {
    add_print(node_, rows, append_texts<T>);
  }

  /// Calls `function` on the driver with the RDD of each batch.
  template <BatchFunction<T> F>
  void for_each_rdd(F function) const {
    add_output("for_each_rdd", [function = std::move(function)](const RDD<T>& rdd, Time time) {
      call_on_batch(function, time, rdd);
    });
  }

  /// Writes each batch into the directory prefix-MILLISECONDS[.suffix]. A batch that is run again
  /// replaces its directory.
  void save_as_text_files(const std::string& prefix,
                          const std::string& suffix = "") const requires Record<T> {
    add_output("save_as_text_files", [prefix, suffix](const RDD<T>& rdd, Time time) {
      rdd.save_as_text_file(batch_directory(prefix, time, suffix), SaveMode::replace);
    });
  }
  void save_as_object_files(const std::string& prefix,
                            const std::string& suffix = "") const requires Record<T> {
    add_output("save_as_object_files", [prefix, suffix](const RDD<T>& rdd, Time time) {
      rdd.save_as_object_file(batch_directory(prefix, time, suffix), SaveMode::replace);
    });
  }

  /// Writes each batch to a connector's sink. What happens when a batch is run again is the sink's
  /// guarantee.
  /// Errors: throws Error for an unknown connector or options that it refuses.
  void write_to(const std::string& connector,
                const OptionTexts& options = {}) const requires Record<T> {
    auto output = std::make_shared<SinkOutput>(node_->graph().session(), connector, options);
    auto write = [output](const BatchRdd& batch, Time time) {
      auto node = rdd_of<T>(batch).node();
      output->write(time, node,
                    [node](int partition, TaskContext& context, SinkWriter& writer) -> Status {
                      THALWEG_TRY_ASSIGN(auto rows, node->open(partition, context));
                      return write_rows(*rows, writer);
                    });
    };
    add_for_each(node_, "write_to " + connector, write, [output] { return output->end(); });
  }

  // The stream itself.

  /// The RDDs of the batches from `from` to `to`, both included and rounded down to whole slides.
  /// Errors: throws Error(invalid_argument) before the context has started.
  [[nodiscard]] std::vector<RDD<T>> slice(Time from, Time to) const {
    auto zero = node_->graph().zero_time();
    if (!zero) {
      throw Error(ErrorCode::invalid_argument,
                  node_->describe() +
                      " has not been initialized: slice() works once the "
                      "streaming context has started");
    }
    std::lock_guard lock(node_->graph().generation_mutex());
    std::vector<RDD<T>> batches;
    Time first = std::max(from.floor(node_->slide(), *zero), *zero);
    for (Time time : first.to(to.floor(node_->slide(), *zero), node_->slide())) {
      if (auto batch = value_or_throw(node_->rdd_at(time))) batches.push_back(rdd_of<T>(batch));
    }
    return batches;
  }

  /// Keeps the RDD of each batch when it is first computed.
  const DStream& persist(StorageLevel level = StorageLevel::memory) const requires Record<T> {
    node_->persist(level, row_codec<T>());
    return *this;
  }
  const DStream& cache() const requires Record<T> { return persist(StorageLevel::memory); }

  /// Names the stream, for messages and reports.
  const DStream& name(std::string name) const {
    node_->set_name(std::move(name));
    return *this;
  }
  [[nodiscard]] Duration slide() const { return node_->slide(); }
  /// Of the batch interval's context.
  [[nodiscard]] const Context& context() const { return node_->graph().context(); }

  /// For the modules of Thalweg.
  [[nodiscard]] const std::shared_ptr<Node>& node() const { return node_; }

 private:
  template <typename U>
  friend class DStream;

  [[nodiscard]] PartitionCount partitions_or_default(int partitions) const {
    return {partitions, context()};
  }

  [[nodiscard]] WindowSize size_of(Duration length, Duration slide) const {
    return {length, slide.count() == 0 ? node_->slide() : slide};
  }
  [[nodiscard]] auto with_one_key() const {
    return map([](const T& row) { return std::pair<char, T>(0, row); });
  }

  template <typename P = T>
  [[nodiscard]] std::shared_ptr<const Partitioner<KeyOf<P>>> hash_partitioner(
      int partitions) const {
    return make_hash_partitioner<KeyOf<P>>(partitions_or_default(partitions),
                                           node_->graph().session().options.key_group_count);
  }
  /// A function: made for each batch, as the number of partitions may be another for each.
  template <typename P = T>
  [[nodiscard]] auto partitioner_of_batch(int partitions) const {
    return [count = partitions_or_default(partitions),
            groups = node_->graph().session().options.key_group_count] {
      return make_hash_partitioner<KeyOf<P>>(count, groups);
    };
  }
  template <typename K, typename S>
  [[nodiscard]] std::shared_ptr<const Partitioner<K>> partitioner_of(
      const StateSpec<K, S>& spec) const {
    return spec.partitioner != nullptr ? spec.partitioner : hash_partitioner(spec.partitions);
  }

  template <typename F>
  [[nodiscard]] auto per_batch(std::string_view kind, F function) const {
    using U = BatchRowOf<F, RDD<T>>;
    return transformed<U>(
        {node_}, kind,
        [function = std::move(function)](const std::vector<BatchRdd>& batches, Time) {
          return batch_of(function(rdd_of<T>(batches[0])));
        },
        MissingBatch::skip);
  }

  /// An aggregation by key: its tables begin as large as the last ones were.
  template <typename C, typename Aggregation, typename PartitionerOfBatch, typename P = T>
  [[nodiscard]] auto combined(const char* kind, Aggregation aggregation,
                              PartitionerOfBatch partitioner) const {
    return per_batch(
        kind, [kind, aggregation = std::move(aggregation), partitioner = std::move(partitioner),
               sizes = std::make_shared<AggregationSizes>()](const RDD<T>& rdd) {
          return RDD<std::pair<KeyOf<P>, C>>(
              make_node<CombinedNode<KeyOf<P>, ValueOf<P>, C, Aggregation>>(
                  rdd.node(), kind, partitioner(), aggregation, sizes));
        });
  }

  template <typename W, typename F>
  [[nodiscard]] auto with_other(std::string_view kind, const DStream<W>& other, F function) const {
    using U = BatchRowOf<F, RDD<T>, RDD<W>>;
    return transformed<U>(
        {node_, other.node()}, kind,
        [function = std::move(function)](const std::vector<BatchRdd>& batches, Time time) {
          return batch_of(
              call_on_batch(function, time, rdd_of<T>(batches[0]), rdd_of<W>(batches[1])));
        },
        MissingBatch::refuse);
  }

  template <typename U>
  [[nodiscard]] static DStream<U> transformed(std::vector<std::shared_ptr<StreamNode>> parents,
                                              std::string_view kind,
                                              TransformedNode::Function function,
                                              MissingBatch missing) {
    return DStream<U>(
        make_transformed_node(std::move(parents), kind, std::move(function), missing));
  }

  template <typename F>
  void add_output(std::string_view kind, F function) const {
    add_for_each(node_, kind, [function = std::move(function)](const BatchRdd& batch, Time time) {
      function(rdd_of<T>(batch), time);
    });
  }

  std::shared_ptr<Node> node_;
};

template <typename T>
DStream<T> union_of(const std::vector<DStream<T>>& streams) {
  if (streams.empty()) {
    throw Error(ErrorCode::invalid_argument, "union_of needs at least one stream");
  }
  std::vector<std::shared_ptr<StreamNode>> nodes;
  for (const auto& stream : streams) nodes.push_back(stream.node());
  return DStream<T>(make_transformed_node(
      std::move(nodes), "union",
      [](const std::vector<BatchRdd>& batches, Time) -> BatchRdd {
        return make_node<UnionNode<T>>(batches);
      },
      MissingBatch::refuse));
}

}  // namespace thalweg
