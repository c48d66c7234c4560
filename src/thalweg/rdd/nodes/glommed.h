// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg {

/// Each partition as one row: the vector of its rows, in order.
template <typename T>
class GlommedNode final : public NarrowNode<T, std::vector<T>> {
 public:
  explicit GlommedNode(const std::shared_ptr<RddNode<T>>& parent)
      : NarrowNode<T, std::vector<T>>(parent, "glom") {}

 protected:
  Result<CursorPointer<std::vector<T>>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    THALWEG_TRY_ASSIGN(auto block, hold_all(*rows));
    return CursorPointer<std::vector<T>>(std::make_unique<OneRowCursor>(std::move(block)));
  }

 private:
  class OneRowCursor final : public Cursor<std::vector<T>> {
   public:
    /// `block` owns what the rows view.
    explicit OneRowCursor(std::shared_ptr<RowBlock<T>> block) : block_(std::move(block)) {}

    Result<Chunk<std::vector<T>>> next() override {
      out_.clear();
      if (!done_) {
        auto& rows = block_->mutable_rows();
        out_.emplace(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
      }
      done_ = true;
      return out_.chunk();
    }

   private:
    std::shared_ptr<RowBlock<T>> block_;
    bool done_ = false;
    ChunkBuffer<std::vector<T>> out_;
  };
};

}  // namespace thalweg
