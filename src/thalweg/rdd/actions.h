// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/node.h"
#include "thalweg/rdd/partitioner.h"
#include "thalweg/rdd/scheduler/job.h"

namespace thalweg {

// What actions are made of: one result per partition, from one pass over its chunks.

/// Hashing and equality of keys for the standard containers, the same as everywhere in the engine.
template <typename K>
struct KeyHash {
  std::size_t operator()(const K& key) const { return RecordTraits<K>::hash(key); }
};
template <typename K>
struct KeyEqual {
  bool operator()(const K& a, const K& b) const { return RecordTraits<K>::equal(a, b); }
};
/// What count_by_key and collect_as_map return.
template <typename K, typename V>
using KeyMap = std::unordered_map<K, V, KeyHash<K>, KeyEqual<K>>;

/// Runs `visit(partial, chunk)` over every chunk of the given partitions. `visit` returns false to
/// stop its partition early. The result is one partial per partition, in their order.
/// A user's exception inside `visit` becomes an Error.
template <typename Partial, typename T, typename Visit>
std::vector<Partial> for_each_chunk(const NodePointer<T>& node, const std::vector<int>& partitions,
                                    const Partial& zero, const Visit& visit) {
  std::vector<Partial> partials(partitions.size(), zero);
  throw_if_failed(run_places(
      node, partitions, [&](std::size_t place, int partition, TaskContext& context) -> Status {
        Partial partial = zero;
        THALWEG_TRY_ASSIGN(auto rows, node->open(partition, context));
        while (true) {
          THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows->next());
          if (chunk.empty()) break;
          ChunkScope<T> scope;
          try {
            if (!visit(partial, chunk)) break;
          } catch (Status& failure) {
            return std::move(failure);  // Of for_each_row(): it knows the row.
          } catch (...) {
            return user_failure(*node, "");
          }
        }
        partials[place] = std::move(partial);
        return {};
      }));
  return partials;
}

/// Runs `visit(partial, row)` over every row of all partitions. As for_each_chunk(); the Error
/// shows the row.
template <typename Partial, typename T, typename Visit>
std::vector<Partial> for_each_row(const NodePointer<T>& node, const Partial& zero,
                                  const Visit& visit) {
  auto visit_chunk = [&](Partial& partial, const Chunk<T>& chunk) {
    std::size_t i = 0;
    try {
      for (; i < chunk.size(); ++i) visit(partial, chunk[i]);
    } catch (...) {
      throw user_failure(*node, record_excerpt(chunk[i]));
    }
    return true;
  };
  return for_each_chunk<Partial>(node, all_partitions(*node), zero, visit_chunk);
}

/// Owned rows of a chunk behind those in `rows`.
template <typename T>
void append_owned(std::vector<owned_t<T>>& rows, const Chunk<T>& chunk) {
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    if (chunk.movable()) {
      rows.push_back(own<T>(chunk.mutable_row(i), true));
    } else {
      rows.push_back(own(chunk[i]));
    }
  }
}

template <typename T>
std::vector<owned_t<T>> concatenate(std::vector<std::vector<owned_t<T>>> parts) {
  std::size_t size = 0;
  for (const auto& part : parts) size += part.size();
  std::vector<owned_t<T>> all;
  all.reserve(size);
  for (auto& part : parts) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
    part = {};
  }
  return all;
}

template <typename T>
std::vector<owned_t<T>> collect_rows(const NodePointer<T>& node) {
  return concatenate<T>(for_each_chunk<std::vector<owned_t<T>>>(
      node, all_partitions(*node), {}, [](std::vector<owned_t<T>>& rows, const Chunk<T>& chunk) {
        append_owned(rows, chunk);
        return true;
      }));
}

/// The partitions that a search for a few rows looks at: one first, then four times as many each
/// time.
class WideningPartitions {
 public:
  explicit WideningPartitions(int partition_count) : partition_count_(partition_count) {}
  [[nodiscard]] bool done() const { return next_ == partition_count_; }
  std::vector<int> next();

 private:
  const int partition_count_;
  int next_ = 0;
  int count_ = 1;
};

/// The first `count` rows. Looks at one partition first, then at four times as many each time.
template <typename T>
std::vector<owned_t<T>> take_rows(const NodePointer<T>& node, std::size_t count) {
  std::vector<owned_t<T>> taken;
  WideningPartitions widening(node->partition_count());
  while (taken.size() < count && !widening.done()) {
    std::vector<int> partitions = widening.next();
    std::size_t wanted = count - taken.size();
    auto parts = for_each_chunk<std::vector<owned_t<T>>>(
        node, partitions, {}, [&](std::vector<owned_t<T>>& rows, const Chunk<T>& chunk) {
          append_owned(rows, chunk.first(wanted - rows.size()));
          return rows.size() < wanted;
        });
    for (auto& part : parts) {
      for (auto&& row : part) {  // Of std::vector<bool> a proxy.
        if (taken.size() < count) taken.push_back(std::move(row));
      }
    }
  }
  return taken;
}

/// Appends the texts of the first rows of a partition of a node of T, at most `rows_max`.
template <Record T>
Status append_texts(AnyNode& node, int partition, TaskContext& context, std::size_t rows_max,
                    std::vector<std::string>& texts) {
  THALWEG_TRY_ASSIGN(auto rows, static_cast<RddNode<T>&>(node).open(partition, context));
  while (rows_max > 0) {
    THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows->next());
    if (chunk.empty()) break;
    ChunkScope<T> scope;
    chunk = chunk.first(rows_max);
    for (std::size_t i = 0; i < chunk.size(); ++i) texts.push_back(to_text(chunk[i]));
    rows_max -= chunk.size();
  }
  return {};
}
using AppendTexts = Status (*)(AnyNode& node, int partition, TaskContext& context,
                               std::size_t rows_max, std::vector<std::string>& texts);

/// The texts of the first `count` rows of a node. As take_rows(), compiled once for all types.
/// `append`: append_texts() of the node's type.
std::vector<std::string> take_texts(const std::shared_ptr<AnyNode>& node, std::size_t count,
                                    AppendTexts append);

/// The `count` rows that come first by `less`, in that order.
template <typename T, typename Less>
std::vector<owned_t<T>> take_ordered_rows(const NodePointer<T>& node, std::size_t count,
                                          const Less& less) {
  using Rows = std::vector<owned_t<T>>;
  auto by_row = [&](const owned_t<T>& a, const owned_t<T>& b) {
    return less(row_of<T>(a), row_of<T>(b));
  };
  auto keep_first = [&](Rows& rows) {
    std::stable_sort(rows.begin(), rows.end(), by_row);
    if (rows.size() > count)
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end());
  };
  auto parts =
      for_each_chunk<Rows>(node, all_partitions(*node), {}, [&](Rows& rows, const Chunk<T>& chunk) {
        append_owned(rows, chunk);
        if (rows.size() > 2 * count + chunk_rows_max) keep_first(rows);
        return true;
      });
  Rows all = concatenate<T>(std::move(parts));
  keep_first(all);
  return all;
}

/// Each partition reduced, then the partitions in their order; empty for no rows.
template <typename T, typename F>
std::optional<owned_t<T>> reduce_rows(const NodePointer<T>& node, const F& function) {
  using Partial = std::optional<owned_t<T>>;
  auto add = [&](Partial& sum, const T& row) {
    if (!sum) {
      sum.emplace(own(row));
    } else {
      owned_t<T> next(own(T(call_with(function, static_cast<const T&>(row_of<T>(*sum)), row))));
      sum.emplace(std::move(next));
    }
  };
  auto partials = for_each_row<Partial>(node, {}, add);
  Partial total;
  for (const auto& partial : partials) {
    if (partial) add(total, row_of<T>(*partial));
  }
  return total;
}

/// The partitions of an RDD as one range, computed one at a time as the reader comes to them.
///
/// One thread. Errors: ++ throws Error when a partition fails.
template <typename T>
class LocalIterator {
 public:
  explicit LocalIterator(NodePointer<T> node) : node_(std::move(node)) {}

  class Iterator {
   public:
    using value_type = owned_t<T>;
    using difference_type = std::ptrdiff_t;
    explicit Iterator(const NodePointer<T>& node) : node_(node) { fetch(); }
    decltype(auto) operator*() const { return rows_[index_]; }
    Iterator& operator++() {
      if (++index_ == rows_.size()) fetch();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return index_ == rows_.size(); }

   private:
    void fetch() {
      rows_.clear();
      index_ = 0;
      while (rows_.empty() && next_ < node_->partition_count()) {
        rows_ = std::move(for_each_chunk<std::vector<owned_t<T>>>(
                              node_, {next_++}, {},
                              [](std::vector<owned_t<T>>& rows, const Chunk<T>& chunk) {
                                append_owned(rows, chunk);
                                return true;
                              })
                              .front());
      }
    }
    NodePointer<T> node_;
    std::vector<owned_t<T>> rows_;
    std::size_t index_ = 0;
    int next_ = 0;
  };

  Iterator begin() const { return Iterator(node_); }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  NodePointer<T> node_;
};

}  // namespace thalweg
