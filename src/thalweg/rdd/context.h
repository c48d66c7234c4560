// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/rdd/accumulator.h"
#include "thalweg/rdd/broadcast.h"
#include "thalweg/rdd/nodes/object_file.h"
#include "thalweg/rdd/nodes/parallelized.h"
#include "thalweg/rdd/nodes/text_file.h"
#include "thalweg/rdd/rdd.h"
#include "thalweg/runtime/session.h"

namespace thalweg {

/// How an element of a program's own container is held: text literals as strings.
template <typename T>
struct HeldRow {
  using type = T;
};
template <>
struct HeldRow<const char*> {
  using type = std::string;
};

/// Makes RDDs, broadcasts and accumulators in a session.
///
///     Session session("local[2]");
///     Context context(session);
///     auto squares = context.range(0, 100).map([](auto x) { return x * x; }).collect();
///
/// A handle; copies are the same. Thread safety: all methods may be called concurrently.
class Context {
 public:
  explicit Context(const Session& session) : session_(session.state()) {}

  /// Partitions where none are asked for: the session's threads.
  [[nodiscard]] int default_partition_count() const { return session_->executor->worker_count(); }

  /// The elements of a range, in `partitions` parts of nearly equal size.
  template <std::ranges::input_range R>
  [[nodiscard]] auto parallelize(R&& rows, int partitions = 0) const {
    using T = typename HeldRow<std::ranges::range_value_t<R>>::type;
    RowList<T> held;
    for (auto&& row : rows) held.emplace_back(std::forward<decltype(row)>(row));
    return RDD<T>(
        make_node<ParallelizedNode<T>>(session_, std::move(held), count_or_default(partitions)));
  }
  template <typename T>
  [[nodiscard]] auto parallelize(std::initializer_list<T> rows, int partitions = 0) const {
    return parallelize(std::ranges::subrange(rows.begin(), rows.end()), partitions);
  }

  /// begin, begin + step, ... before `end`. Errors: throws Error(invalid_argument) when step is 0.
  [[nodiscard]] RDD<std::int64_t> range(std::int64_t begin, std::int64_t end, std::int64_t step = 1,
                                        int partitions = 0) const;
  [[nodiscard]] RDD<std::int64_t> range(std::int64_t end) const { return range(0, end); }

  /// No rows, in no partitions.
  template <typename T>
  [[nodiscard]] RDD<T> empty_rdd() const {
    return RDD<T>(make_node<EmptyNode<T>>(session_));
  }

  /// The lines of text files: a file, a directory (its files, but for hidden ones and those that
  /// begin with "_"), a glob pattern, or several of these separated by commas. Large files are
  /// read in at least `partitions_min` parts.
  /// Errors: throws Error(not_found) where nothing is there.
  [[nodiscard]] RDD<std::string_view> text_file(const std::string& path,
                                                int partitions_min = 0) const;

  /// What RDD<T>::save_as_object_file() wrote to `directory`.
  template <Record T>
  [[nodiscard]] RDD<T> object_file(const std::string& directory) const {
    return RDD<T>(make_node<ObjectFileNode<T>>(
        session_, value_or_throw(saved_partitions(session_->files, directory))));
  }

  /// A value that all tasks may read.
  template <typename T>
  [[nodiscard]] Broadcast<T> broadcast(T value) const {
    return Broadcast<T>(session_, std::move(value));
  }

  /// A number that tasks add to, from `zero`.
  template <OwningRecord T>
  [[nodiscard]] Accumulator<T> accumulator(T zero, std::string name = "") const {
    return accumulator(
        std::move(zero), [](T& sum, const T& amount) { sum += amount; }, std::move(name));
  }
  /// A value that tasks change by `add(value, amount)`, which must not care about order.
  template <OwningRecord T>
  [[nodiscard]] Accumulator<T> accumulator(T zero, typename Accumulator<T>::Add add,
                                           std::string name = "") const {
    return Accumulator<T>(session_->next_id(), std::move(zero), std::move(add), std::move(name));
  }

  /// For the modules of Thalweg.
  [[nodiscard]] const std::shared_ptr<SessionState>& session() const { return session_; }

 private:
  [[nodiscard]] int count_or_default(int partitions) const;

  std::shared_ptr<SessionState> session_;
};

}  // namespace thalweg
