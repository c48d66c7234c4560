// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <utility>

#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg {

/// The rows of a partition, pulled as they are asked for: what map_partitions hands to its
/// function. Can be read once. A row is valid until the iterator moves on.
///
/// One thread, within the function it was given to. An iterator's ++ throws Error where the rows
/// cannot be had; let it pass.
template <typename T>
class Rows {
 public:
  explicit Rows(Cursor<T>& cursor) : cursor_(&cursor) {}

  class Iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(Cursor<T>* cursor) : cursor_(cursor) { fetch(); }
    const T& operator*() const { return chunk_[index_]; }
    const T* operator->() const { return &chunk_[index_]; }
    Iterator& operator++() {
      if (++index_ == chunk_.size()) fetch();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return chunk_.empty(); }

   private:
    void fetch() {
      index_ = 0;
      chunk_ = value_or_throw(cursor_->next());
    }
    Cursor<T>* cursor_ = nullptr;
    Chunk<T> chunk_;
    std::size_t index_ = 0;
  };

  Iterator begin() const { return Iterator(cursor_); }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  Cursor<T>* cursor_;
};

/// A function from a partition's rows to a range of new rows.
template <typename F, typename T>
concept PartitionFunction = std::invocable<const F&, int, Rows<T>> &&
    std::ranges::input_range<std::invoke_result_t<const F&, int, Rows<T>>>;

template <typename F, typename T>
using PartitionRowOf = std::remove_cvref_t<std::ranges::range_reference_t<
    std::remove_cvref_t<std::invoke_result_t<const F&, int, Rows<T>>>>>;

/// The rows that `function(partition, rows)` makes of each partition. The function may return a
/// lazy range over the rows: it is read chunk by chunk, and what its rows view is copied.
template <typename T, typename U, typename F>
class MapPartitionsNode final : public NarrowNode<T, U> {
 public:
  MapPartitionsNode(const NodePointer<T>& parent, F function, bool keeps_keys)
      : NarrowNode<T, U>(parent, "map_partitions"), function_(std::move(function)) {
    if (keeps_keys) this->set_partitioner(parent->partitioner());
  }

  [[nodiscard]] bool shippable() const override { return std::is_trivially_copyable_v<F>; }
  [[nodiscard]] const std::type_info* function_type() const override { return &typeid(F); }

 protected:
  Result<CursorPointer<U>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    return CursorPointer<U>(new PartitionCursor(*this, partition, std::move(rows), context));
  }

 private:
  class PartitionCursor final : public Cursor<U> {
   public:
    PartitionCursor(const MapPartitionsNode& node, int partition, CursorPointer<T> rows,
                    const TaskContext& context)
        : node_(node), partition_(partition), rows_(std::move(rows)), context_(context) {}

    Result<Chunk<U>> next() override {
      // The range need not ask the parent for anything, and may be endless.
      if (context_.cancelled()) return job_stopped();
      out_.clear();
      viewed_.clear();
      try {
        if (!range_) {
          range_.emplace(node_.function_(partition_, Rows<T>(*rows_)));
          place_.emplace(std::ranges::begin(*range_));
        } else if (advance_) {
          ++*place_;
        }
        advance_ = false;
        while (*place_ != std::ranges::end(*range_)) {
          add(**place_);
          if (out_.full()) {
            advance_ = true;
            break;
          }
          ++*place_;
        }
      } catch (...) {
        return user_failure(node_, "");
      }
      return out_.chunk();
    }

   private:
    using Range = std::remove_cvref_t<std::invoke_result_t<const F&, int, Rows<T>>>;

    template <typename Row>
    void add(Row&& row) {
      if constexpr (has_views<U>) {
        // A lazy range shows rows that go when its iterator moves on.
        U held(std::forward<Row>(row));
        RecordTraits<U>::adopt(held, viewed_);
        out_.emplace(std::move(held));
      } else {
        out_.emplace(std::forward<Row>(row));
      }
    }

    const MapPartitionsNode& node_;
    const int partition_;
    CursorPointer<T> rows_;
    const TaskContext& context_;
    std::optional<Range> range_;
    std::optional<std::ranges::iterator_t<Range>> place_;
    bool advance_ = false;
    Arena viewed_;  ///< What the rows handed out last view.
    ChunkBuffer<U> out_;
  };

  const F function_;
};

}  // namespace thalweg
