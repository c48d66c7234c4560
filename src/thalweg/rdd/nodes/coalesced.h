// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "thalweg/rdd/node.h"

namespace thalweg {

/// Fewer partitions, each the neighbours of the parent's in their order, without a shuffle.
template <typename T>
class CoalescedNode final : public RddNode<T> {
 public:
  CoalescedNode(const NodePointer<T>& parent, int partition_count)
      : RddNode<T>(parent->session_pointer(), "coalesce", {{parent, nullptr}},
                   std::min(partition_count, parent->partition_count())),
        parent_(*parent) {}

  void sources(int partition, std::vector<AnyNode::Source>& out) const override {
    for (int i = first(partition); i < first(partition + 1); ++i) out.push_back({&parent_, i});
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    return CursorPointer<T>(
        new ChainCursor(parent_, first(partition), first(partition + 1), context));
  }

 private:
  class ChainCursor final : public Cursor<T> {
   public:
    ChainCursor(RddNode<T>& parent, int next, int end, TaskContext& context)
        : parent_(parent), next_(next), end_(end), context_(context) {}

    Result<Chunk<T>> next() override {
      while (true) {
        if (rows_ == nullptr) {
          if (next_ == end_) return Chunk<T>();
          THALWEG_TRY_ASSIGN(rows_, parent_.open(next_++, context_));
        }
        THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows_->next());
        if (!chunk.empty()) return chunk;
        rows_.reset();
      }
    }

   private:
    RddNode<T>& parent_;
    int next_;
    const int end_;
    TaskContext& context_;
    CursorPointer<T> rows_;
  };

  /// The first of the parent's partitions in `partition`.
  [[nodiscard]] int first(int partition) const {
    return static_cast<int>(static_cast<std::int64_t>(partition) * parent_.partition_count() /
                            std::max(1, this->partition_count()));
  }

  RddNode<T>& parent_;
};

}  // namespace thalweg
