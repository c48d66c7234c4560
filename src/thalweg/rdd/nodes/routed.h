// SPDX-License-Identifier: Apache-2.0
#pragma once

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
  RoutedNode(std::string_view kind, const ShufflePointer<T>& shuffle,
             std::shared_ptr<const AnyPartitioner> partitioner)
      : RddNode<T>(shuffle, kind), shuffle_(*shuffle) {
    this->set_partitioner(std::move(partitioner));
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    return CursorPointer<T>(new BlocksCursor(shuffle_, partition, context));
  }

 private:
  class BlocksCursor final : public Cursor<T> {
   public:
    BlocksCursor(const Shuffle<T>& shuffle, int partition, TaskContext& context)
        : blocks_(shuffle, partition, context), context_(context) {}

    Result<Chunk<T>> next() override {
      while (true) {
        if (rows_ != nullptr) {
          THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows_->next());
          if (!chunk.empty()) return chunk;
        }
        rows_.reset();
        THALWEG_TRY_ASSIGN(auto block, blocks_.next());
        if (block == nullptr) return Chunk<T>();
        rows_.reset(new BlockCursor<T>(std::move(block), context_));
      }
    }

   private:
    ShuffleReader blocks_;
    const TaskContext& context_;
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

}  // namespace thalweg
