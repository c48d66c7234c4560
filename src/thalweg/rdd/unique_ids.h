// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "thalweg/rdd/nodes/narrow.h"
#include "thalweg/rdd/rdd.h"

namespace thalweg {

/// Every row with a number that no other row has: k, n + k, 2n + k ... in partition k of n.
template <typename T>
class UniqueIdNode final : public NarrowNode<T, std::pair<T, std::int64_t>> {
 public:
  using Row = std::pair<T, std::int64_t>;

  explicit UniqueIdNode(const NodePointer<T>& parent)
      : NarrowNode<T, Row>(parent, "zip_with_unique_id") {}

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    return CursorPointer<Row>(new IdCursor(std::move(rows), partition, this->partition_count()));
  }

 private:
  class IdCursor final : public Cursor<Row> {
   public:
    IdCursor(CursorPointer<T> rows, std::int64_t first, std::int64_t step)
        : rows_(std::move(rows)), id_(first), step_(step) {}

    Result<Chunk<Row>> next() override {
      out_.clear();
      THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows_->next());
      for (std::size_t i = 0; i < chunk.size(); ++i, id_ += step_) {
        if (chunk.movable()) {
          out_.emplace(std::move(chunk.mutable_row(i)), id_);
        } else {
          out_.emplace(chunk[i], id_);
        }
      }
      return out_.chunk();
    }

   private:
    CursorPointer<T> rows_;
    std::int64_t id_;
    const std::int64_t step_;
    ChunkBuffer<Row> out_;
  };
};

/// Every row with a number that no other row has: k, n + k, 2n + k ... in partition k of n. Other
/// than RDD::zip_with_index() it computes nothing, and the numbers have gaps.
/// Source: Spark's RDD.zipWithUniqueId.
template <typename T>
RDD<std::pair<T, std::int64_t>> zip_with_unique_id(const RDD<T>& rows) {
  return RDD<std::pair<T, std::int64_t>>(make_node<UniqueIdNode<T>>(rows.node()));
}

}  // namespace thalweg
