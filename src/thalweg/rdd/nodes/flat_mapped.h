// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <ranges>
#include <utility>

#include "thalweg/rdd/callable.h"
#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg {

template <typename F, typename T>
struct FlatMapRow {
  using type = std::remove_cvref_t<std::ranges::range_reference_t<ResultOf<F, T>>>;
};
template <typename F, typename T>
requires ChunkExpander<F, T>
struct FlatMapRow<F, T> {
  using type = typename F::template Expander<T>::Row;
};
/// The rows that the flat map F makes of T.
template <typename F, typename T>
using FlatMapRowOf = typename FlatMapRow<F, T>::type;

/// The rows of the ranges that `function` makes of every row. A row may view what the input row
/// views, but not memory of the range itself, which goes when it is used up.
template <typename T, typename U, typename F>
class FlatMappedNode final : public NarrowNode<T, U> {
 public:
  FlatMappedNode(const NodePointer<T>& parent, F function, bool keeps_keys)
      : NarrowNode<T, U>(parent, "flat_map"), function_(std::move(function)) {
    if (keeps_keys) this->set_partitioner(parent->partitioner());
  }

  [[nodiscard]] bool shippable() const override { return std::is_trivially_copyable_v<F>; }
  [[nodiscard]] const std::type_info* function_type() const override { return &typeid(F); }

 protected:
  Result<CursorPointer<U>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    if constexpr (ChunkExpander<F, T>) {
      return CursorPointer<U>(new ExpandCursor(*this, std::move(rows)));
    } else {
      return CursorPointer<U>(new RangeCursor(*this, std::move(rows)));
    }
  }

 private:
  class ExpandCursor final : public Cursor<U> {
   public:
    ExpandCursor(const FlatMappedNode& node, CursorPointer<T> rows)
        : rows_(std::move(rows)), expander_(node.function_) {}

    Result<Chunk<U>> next() override {
      out_.clear();
      while (out_.size() == 0) {
        if (used_up_) {
          THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows_->next());
          if (chunk.empty()) break;
          expander_.start(chunk);
        }
        used_up_ = expander_.fill(out_);
      }
      return out_.chunk();
    }

   private:
    CursorPointer<T> rows_;
    // Named through the node's types only where F has an Expander.
    template <typename G>
    struct Expanding {
      using type = typename G::template Expander<T>;
    };
    typename Expanding<F>::type expander_;
    bool used_up_ = true;
    ChunkBuffer<U> out_;
  };

  class RangeCursor final : public Cursor<U> {
   public:
    RangeCursor(const FlatMappedNode& node, CursorPointer<T> rows)
        : node_(node), rows_(std::move(rows)) {}

    Result<Chunk<U>> next() override {
      // The rows handed out last may still be read from the range until now.
      out_.clear();
      ChunkScope<T> scope;
      ChunkScope<U> result_scope;
      while (!out_.full()) {
        if (!range_ && index_ == chunk_.size()) {
          // What is in `out_` may view the chunk: hand it out before the next one is fetched.
          if (out_.size() > 0) break;
          index_ = 0;
          chunk_ = Chunk<T>();
          THALWEG_TRY_ASSIGN(chunk_, rows_->next());
          if (chunk_.empty()) break;
        }
        try {
          expand();
        } catch (...) {
          return user_failure(node_, record_excerpt(chunk_[index_]));
        }
      }
      return out_.chunk();
    }

   private:
    using Range = ResultOf<F, T>;

    void expand() {
      if (!range_) {
        range_.emplace(call_with(node_.function_, chunk_[index_]));
        place_.emplace(std::ranges::begin(*range_));
      }
      for (; *place_ != std::ranges::end(*range_); ++*place_) {
        if (out_.full()) return;
        // A range that is a view shows what belongs to someone else.
        if constexpr (has_views<U> || std::ranges::view<Range> ||
                      !std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>>) {
          out_.emplace(**place_);
        } else {
          out_.emplace(std::move(**place_));
        }
      }
      place_.reset();
      range_.reset();
      ++index_;
    }

    const FlatMappedNode& node_;
    CursorPointer<T> rows_;
    Chunk<T> chunk_;
    std::size_t index_ = 0;
    std::optional<Range> range_;
    std::optional<std::ranges::iterator_t<Range>> place_;
    ChunkBuffer<U> out_;
  };

  const F function_;
};

}  // namespace thalweg
