// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "thalweg/rdd/node.h"

namespace thalweg {

/// Every row of one parent with every row of the other. Partition (i, j) pairs partition i with
/// partition j, which is held in memory meanwhile.
template <typename T, typename U>
class CartesianNode final : public RddNode<std::pair<T, U>> {
 public:
  using Row = std::pair<T, U>;

  CartesianNode(const NodePointer<T>& left, const NodePointer<U>& right)
      : RddNode<Row>(left->session_pointer(), "cartesian", {{left, nullptr}, {right, nullptr}},
                     left->partition_count() * right->partition_count()),
        left_(*left),
        right_(*right) {}

  void sources(int partition, std::vector<AnyNode::Source>& out) const override {
    out.push_back({&left_, partition / right_.partition_count()});
    out.push_back({&right_, partition % right_.partition_count()});
  }

 protected:
  Result<CursorPointer<Row>> compute(int partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto left, left_.open(partition / right_.partition_count(), context));
    THALWEG_TRY_ASSIGN(auto right, right_.open(partition % right_.partition_count(), context));
    auto block = make_block<U>();
    THALWEG_TRY(hold_all(*right, block_of<U>(*block)));
    return CursorPointer<Row>(new PairCursor(std::move(left), std::move(block), context));
  }

 private:
  class PairCursor final : public Cursor<Row> {
   public:
    PairCursor(CursorPointer<T> left, std::shared_ptr<const Block> right,
               const TaskContext& context)
        : left_(std::move(left)), right_(std::move(right)), context_(context) {}

    Result<Chunk<Row>> next() override {
      if (context_.cancelled()) return job_stopped();
      out_.clear();
      const RowList<U>& right = rows_of<U>(*right_);
      while (!right.empty() && out_.size() == 0) {
        if (left_index_ == chunk_.size()) {
          THALWEG_TRY_ASSIGN(chunk_, left_->next());
          left_index_ = 0;
          if (chunk_.empty()) break;
        }
        for (; left_index_ < chunk_.size() && !out_.full(); right_index_ = 0, ++left_index_) {
          for (; right_index_ < right.size() && !out_.full(); ++right_index_) {
            out_.emplace(chunk_[left_index_], right[right_index_]);
          }
          if (right_index_ < right.size()) break;
        }
      }
      return out_.chunk();
    }

   private:
    CursorPointer<T> left_;
    std::shared_ptr<const Block> right_;
    const TaskContext& context_;
    Chunk<T> chunk_;
    std::size_t left_index_ = 0;
    std::size_t right_index_ = 0;
    ChunkBuffer<Row> out_;
  };

  RddNode<T>& left_;
  RddNode<U>& right_;
};

}  // namespace thalweg
