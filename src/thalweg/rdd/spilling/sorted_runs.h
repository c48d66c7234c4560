// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "thalweg/rdd/row_block.h"
#include "thalweg/rdd/shuffle.h"
#include "thalweg/rdd/spilling/run_blocks.h"
#include "thalweg/rdd/spilling/run_order.h"

namespace thalweg {

/// Sorts rows that may be more than memory holds. As many as a task's share of memory takes are
/// sorted at a time and put away as a run; at the end the runs are merged. Equal rows stay in the
/// order in which they came.
///
/// KeyOf: `K operator()(const T& row) const`; the key may view the row. Before: `bool
/// operator()(const K& a, const K& b) const`.
/// One thread.
template <Record T, typename K, typename KeyOf, typename Before>
class SortedRuns {
 public:
  /// `node`: for messages about what `key_of` and `before` throw. All three must outlive this and
  /// the cursor.
  SortedRuns(const AnyNode& node, TaskContext& context, const KeyOf& key_of, const Before& before)
      : order_{node, context, key_of, before},
        runs_(std::make_unique<RunBlocks>(context.session)),
        charge_(context.session.memory) {}

  /// Takes the rows of a block. `uncharged_bytes`: of it, where no store accounts for the block.
  /// Errors: user_error; those of writing blocks to disk.
  Status add(std::shared_ptr<const Block> block, std::int64_t uncharged_bytes = 0) {
    try {
      ChunkScope<T> scope;
      for (const T& row : rows_of<T>(*block)) {
        items_.push_back({order_.key_of(row), &row});
        if constexpr (key_has_heap) heap_bytes_ += RecordTraits<K>::heap_bytes(items_.back().key);
      }
    } catch (...) {
      return user_failure(order_.node, "");
    }
    block_bytes_ += static_cast<std::int64_t>(block->bytes());
    uncharged_bytes_ += uncharged_bytes;
    blocks_.push_back(std::move(block));
    // Half of the items again while they are sorted.
    charge_.resize(item_bytes() / 2 * 3 + uncharged_bytes_);
    if (block_bytes_ + item_bytes() > task_bytes_max(session())) return spill();
    return session().blocks.make_room();
  }

  /// All rows in order. The last call. Errors: those of add(), and of reading blocks from disk.
  Result<CursorPointer<T>> finish() {
    if (runs_->run_count() == 0) {
      THALWEG_TRY(sort());
      charge_.resize(item_bytes() + uncharged_bytes_);
      return CursorPointer<T>(new ItemCursor(std::move(charge_), std::move(blocks_),
                                             std::move(items_), order_.context));
    }
    if (!items_.empty()) THALWEG_TRY(spill());
    auto* merging = new MergeCursor(order_, std::move(runs_));
    CursorPointer<T> cursor(merging);
    THALWEG_TRY(merging->begin());
    return cursor;
  }

  /// What a block for add() should take, in bytes.
  [[nodiscard]] std::size_t piece_bytes() const { return runs_->piece_bytes(); }

 private:
  static constexpr bool key_has_heap = Record<K> && !std::is_trivially_copyable_v<K>;

  struct Order {
    const AnyNode& node;
    TaskContext& context;
    const KeyOf& key_of;
    const Before& before;
  };
  using Item = SortItem<K>;

  class ItemCursor final : public Cursor<T> {
   public:
    ItemCursor(MemoryCharge charge, BlockList blocks, std::vector<Item> items,
               const TaskContext& context)
        : charge_(std::move(charge)),
          blocks_(std::move(blocks)),
          items_(std::move(items)),
          context_(context) {}

    Result<Chunk<T>> next() override {
      if (context_.cancelled()) return job_stopped();
      ChunkScope<T> scope;
      out_.clear();
      for (; next_ < items_.size() && !out_.full(); ++next_)
        out_.emplace(*static_cast<const T*>(items_[next_].row));
      return out_.chunk();
    }

   private:
    MemoryCharge charge_;
    BlockList blocks_;
    std::vector<Item> items_;
    const TaskContext& context_;
    std::size_t next_ = 0;
    ChunkBuffer<T> out_;
  };

  class MergeCursor final : public Cursor<T>, private RunOrder {
   public:
    MergeCursor(const Order& order, std::unique_ptr<RunBlocks> runs)
        : order_(order), blocks_(std::move(runs)), runs_(blocks_->run_count()) {}

    Status begin() {
      for (std::size_t run = 0; run < runs_.size(); ++run) {
        THALWEG_TRY(load(run));
        if (runs_[run].block != nullptr) THALWEG_TRY(enter(run));
      }
      return {};
    }

    Result<Chunk<T>> next() override {
      if (order_.context.cancelled()) return job_stopped();
      out_.clear();
      passed_.clear();
      while (!this->empty() && !out_.full()) THALWEG_TRY(take_least());
      return out_.chunk();
    }

   private:
    struct Run {
      std::shared_ptr<const Block> block;  ///< Null at the end.
      std::size_t at = 0;
      std::optional<K> key;
      const T& row() const { return rows_of<T>(*block)[at]; }
    };

    [[nodiscard]] bool is_before(std::size_t a, std::size_t b) const override {
      return order_.before(*runs_[a].key, *runs_[b].key);
    }

    /// Makes the first row of a run's next piece its current one.
    Status load(std::size_t run) {
      THALWEG_TRY_ASSIGN(runs_[run].block, blocks_->take(run));
      runs_[run].at = 0;
      if (runs_[run].block == nullptr) return {};
      return read_key(runs_[run]);
    }
    Status read_key(Run& run) const {
      try {
        run.key.emplace(order_.key_of(run.row()));
      } catch (...) {
        return user_failure(order_.node, "");
      }
      return {};
    }

    Status take_least() {
      std::size_t least = 0;
      try {
        least = this->pop();
        ChunkScope<T> scope;
        out_.emplace(runs_[least].row());
      } catch (...) {
        return user_failure(order_.node, "");
      }
      Run& run = runs_[least];
      if (++run.at < rows_of<T>(*run.block).size()) {
        THALWEG_TRY(read_key(run));
      } else {
        // Rows of the chunk view it.
        if constexpr (has_views<T>) passed_.push_back(run.block);
        run.key.reset();
        THALWEG_TRY(load(least));
        if (run.block == nullptr) return {};
      }
      return enter(least);
    }

    Status enter(std::size_t run) {
      try {
        this->push(run);
      } catch (...) {
        return user_failure(order_.node, "");
      }
      return {};
    }

    const Order order_;
    const std::unique_ptr<RunBlocks> blocks_;
    BlockList passed_;
    std::vector<Run> runs_;
    ChunkBuffer<T> out_;
  };

  [[nodiscard]] SessionState& session() const { return order_.context.session; }
  [[nodiscard]] std::int64_t item_bytes() const {
    return static_cast<std::int64_t>(items_.capacity() * sizeof(Item) + heap_bytes_);
  }

  Status sort() {
    try {
      if constexpr (std::same_as<K, std::int64_t> && std::same_as<Before, std::less<>>) {
        sort_by_number(items_);
      } else {
        std::stable_sort(items_.begin(), items_.end(), [this](const Item& a, const Item& b) {
          return order_.before(a.key, b.key);
        });
      }
    } catch (...) {
      return user_failure(order_.node, "");
    }
    return {};
  }

  /// Puts away what was taken since the last time, as a run.
  Status spill() {
    THALWEG_TRY(sort());
    runs_->begin_run();
    for (std::size_t next = 0; next < items_.size();) {
      if (order_.context.cancelled()) return job_stopped();
      auto piece = make_block<T>();
      {
        ChunkScope<T> scope;
        auto& rows = block_of<T>(*piece);
        while (next < items_.size() && rows.bytes() < piece_bytes()) {
          rows.append_row(*static_cast<const T*>(items_[next++].row));
        }
      }
      THALWEG_TRY(runs_->put(std::move(piece), row_codec<T>()));
    }
    items_ = {};
    blocks_.clear();
    heap_bytes_ = 0;
    block_bytes_ = 0;
    uncharged_bytes_ = 0;
    charge_.resize(0);
    return {};
  }

  const Order order_;
  std::unique_ptr<RunBlocks> runs_;
  MemoryCharge charge_;
  BlockList blocks_;  ///< That hold the rows of items_.
  std::vector<Item> items_;
  std::size_t heap_bytes_ = 0;
  std::int64_t block_bytes_ = 0;
  std::int64_t uncharged_bytes_ = 0;
};

}  // namespace thalweg
