// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/rdd/shuffle.h"

namespace thalweg {

/// Rows in the partitions that a shuffle sent them to, unchanged: partition_by, repartition.
template <typename T>
class RoutedNode final : public RddNode<T> {
 public:
  RoutedNode(std::string_view kind, const std::shared_ptr<Shuffle<T>>& shuffle,
             std::shared_ptr<const AnyPartitioner> partitioner)
      : RddNode<T>(shuffle, kind), shuffle_(*shuffle) {
    this->set_partitioner(std::move(partitioner));
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    return CursorPointer<T>(std::make_unique<BlocksCursor>(shuffle_, partition, context));
  }

 private:
  class BlocksCursor final : public Cursor<T> {
   public:
    BlocksCursor(const Shuffle<T>& shuffle, int partition, TaskContext& context)
        : shuffle_(shuffle), partition_(partition), context_(context) {}

    Result<Chunk<T>> next() override {
      while (true) {
        if (rows_ != nullptr) {
          THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows_->next());
          if (!chunk.empty()) return chunk;
        }
        rows_.reset();
        if (next_map_ == shuffle_.map_partition_count()) return Chunk<T>();
        THALWEG_TRY_ASSIGN(auto block, shuffle_.read(next_map_++, partition_, context_));
        if (block != nullptr) rows_ = std::make_unique<BlockCursor<T>>(std::move(block), context_);
      }
    }

   private:
    const Shuffle<T>& shuffle_;
    const int partition_;
    TaskContext& context_;
    int next_map_ = 0;
    CursorPointer<T> rows_;
  };

  const Shuffle<T>& shuffle_;
};

/// Deals rows out in turn. Each map partition starts with another target, so that many small
/// partitions do not all fill the first.
struct RoundRobinRoute {
  int partition_count;
  template <typename T>
  int operator()(int map_partition, std::int64_t index, const T&) const {
    return static_cast<int>((map_partition + index) % partition_count);
  }
};

/// Rows in order of a key, range by range.
template <typename T, typename K, typename KeyFunction, typename Less>
class SortedNode final : public RddNode<T> {
 public:
  SortedNode(const std::shared_ptr<Shuffle<T>>& shuffle, KeyFunction key, Less less, bool ascending,
             std::shared_ptr<const AnyPartitioner> partitioner)
      : RddNode<T>(shuffle, "sort"),
        shuffle_(*shuffle),
        key_(std::move(key)),
        less_(std::move(less)),
        ascending_(ascending) {
    this->set_partitioner(std::move(partitioner));
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto blocks, shuffle_.read_all(partition, context));
    std::vector<Item> items;
    try {
      for (const auto& block : blocks) {
        for (const T& row : rows_of<T>(*block)) items.push_back({K(key_(row)), &row});
      }
      std::stable_sort(items.begin(), items.end(), [&](const Item& a, const Item& b) {
        return ascending_ ? less_(a.key, b.key) : less_(b.key, a.key);
      });
    } catch (...) {
      return user_failure(*this, "");
    }
    return CursorPointer<T>(
        std::make_unique<ItemCursor>(std::move(blocks), std::move(items), context));
  }

 private:
  struct Item {
    K key;
    const T* row;
  };

  class ItemCursor final : public Cursor<T> {
   public:
    ItemCursor(BlockList blocks, std::vector<Item> items, const TaskContext& context)
        : blocks_(std::move(blocks)), items_(std::move(items)), context_(context) {}

    Result<Chunk<T>> next() override {
      if (context_.cancelled()) return Status(ErrorCode::cancelled, "the job was stopped");
      out_.clear();
      for (; next_ < items_.size() && !out_.full(); ++next_) out_.emplace(*items_[next_].row);
      return out_.chunk();
    }

   private:
    BlockList blocks_;
    std::vector<Item> items_;
    const TaskContext& context_;
    std::size_t next_ = 0;
    ChunkBuffer<T> out_;
  };

  const Shuffle<T>& shuffle_;
  const KeyFunction key_;
  const Less less_;
  const bool ascending_;
};

}  // namespace thalweg
