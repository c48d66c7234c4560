// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg {

/// One row for each partition: how many rows it has.
template <typename T>
class CountedNode final : public NarrowNode<T, std::int64_t> {
 public:
  explicit CountedNode(const std::shared_ptr<RddNode<T>>& parent)
      : NarrowNode<T, std::int64_t>(parent, "count") {}

 protected:
  Result<CursorPointer<std::int64_t>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    auto block = std::make_shared<RowBlock<std::int64_t>>();
    std::int64_t count = 0;
    while (true) {
      THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows->next());
      if (chunk.empty()) break;
      count += static_cast<std::int64_t>(chunk.size());
    }
    block->append_row(count);
    return CursorPointer<std::int64_t>(
        std::make_unique<BlockCursor<std::int64_t>>(std::move(block), context));
  }
};

}  // namespace thalweg
