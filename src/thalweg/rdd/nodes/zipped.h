// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/rdd/node.h"
#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg {

/// Row i of one parent with row i of the other. Both have the same number of partitions, and of
/// rows in each.
template <typename T, typename U>
class ZippedNode final : public RddNode<std::pair<T, U>> {
 public:
  ZippedNode(const NodePointer<T>& left, const NodePointer<U>& right)
      : RddNode<std::pair<T, U>>(left->session_pointer(), "zip",
                                 {{left, nullptr}, {right, nullptr}}, left->partition_count()),
        left_(*left),
        right_(*right) {
    if (left->partition_count() != right->partition_count()) {
      throw Error(ErrorCode::invalid_argument,
                  "zip needs the same number of partitions on both sides: got " +
                      std::to_string(left->partition_count()) + " and " +
                      std::to_string(right->partition_count()) + "; repartition one of them");
    }
  }

 protected:
  Result<CursorPointer<std::pair<T, U>>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto left, left_.open(partition, context));
    THALWEG_TRY_ASSIGN(auto right, right_.open(partition, context));
    return CursorPointer<std::pair<T, U>>(new ZipCursor(std::move(left), std::move(right)));
  }

 private:
  class ZipCursor final : public Cursor<std::pair<T, U>> {
   public:
    ZipCursor(CursorPointer<T> left, CursorPointer<U> right)
        : left_(std::move(left)), right_(std::move(right)) {}

    Result<Chunk<std::pair<T, U>>> next() override {
      out_.clear();
      if (left_index_ == left_chunk_.size()) {
        THALWEG_TRY_ASSIGN(left_chunk_, left_->next());
        left_index_ = 0;
      }
      if (right_index_ == right_chunk_.size()) {
        THALWEG_TRY_ASSIGN(right_chunk_, right_->next());
        right_index_ = 0;
      }
      if (left_chunk_.empty() != right_chunk_.empty()) {
        return Status(ErrorCode::invalid_argument,
                      "zip needs the same number of rows in each partition: one side has more");
      }
      std::size_t size =
          std::min(left_chunk_.size() - left_index_, right_chunk_.size() - right_index_);
      for (std::size_t i = 0; i < size; ++i) {
        out_.emplace(left_chunk_[left_index_++], right_chunk_[right_index_++]);
      }
      return out_.chunk();
    }

   private:
    CursorPointer<T> left_;
    CursorPointer<U> right_;
    Chunk<T> left_chunk_;
    Chunk<U> right_chunk_;
    std::size_t left_index_ = 0;
    std::size_t right_index_ = 0;
    ChunkBuffer<std::pair<T, U>> out_;
  };

  RddNode<T>& left_;
  RddNode<U>& right_;
};

/// Every row with its number, counted through the partitions in order.
template <typename T>
class IndexedNode final : public NarrowNode<T, std::pair<T, std::int64_t>> {
 public:
  using Row = std::pair<T, std::int64_t>;

  /// `first_indexes`: of each partition's first row.
  IndexedNode(const NodePointer<T>& parent, std::vector<std::int64_t> first_indexes)
      : NarrowNode<T, Row>(parent, "zip_with_index"), first_indexes_(std::move(first_indexes)) {}

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto rows, this->parent().open(partition, context));
    return CursorPointer<Row>(
        new IndexCursor(std::move(rows), first_indexes_[static_cast<std::size_t>(partition)]));
  }

 private:
  class IndexCursor final : public Cursor<Row> {
   public:
    IndexCursor(CursorPointer<T> rows, std::int64_t index)
        : rows_(std::move(rows)), index_(index) {}

    Result<Chunk<Row>> next() override {
      out_.clear();
      THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows_->next());
      for (std::size_t i = 0; i < chunk.size(); ++i) {
        if (chunk.movable()) {
          out_.emplace(std::move(chunk.mutable_row(i)), index_++);
        } else {
          out_.emplace(chunk[i], index_++);
        }
      }
      return out_.chunk();
    }

   private:
    CursorPointer<T> rows_;
    std::int64_t index_;
    ChunkBuffer<Row> out_;
  };

  const std::vector<std::int64_t> first_indexes_;
};

}  // namespace thalweg
