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
  explicit GlommedNode(const NodePointer<T>& parent)
      : NarrowNode<T, std::vector<T>>(parent, "glom") {}

 protected:
  Result<CursorPointer<std::vector<T>>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    auto block = make_block<T>();
    THALWEG_TRY(hold_all(*rows, block_of<T>(*block)));
    return CursorPointer<std::vector<T>>(new OneRowCursor(std::move(block)));
  }

 private:
  class OneRowCursor final : public Cursor<std::vector<T>> {
   public:
    /// `block` owns what the rows view.
    explicit OneRowCursor(std::shared_ptr<Block> block) : block_(std::move(block)) {}

    Result<Chunk<std::vector<T>>> next() override {
      out_.clear();
      if (!done_) {
        auto& rows = block_of<T>(*block_).mutable_rows();
        out_.emplace(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
      }
      done_ = true;
      return out_.chunk();
    }

   private:
    std::shared_ptr<Block> block_;
    bool done_ = false;
    ChunkBuffer<std::vector<T>> out_;
  };
};

}  // namespace thalweg
