// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "thalweg/rdd/node.h"

namespace thalweg {

/// Rows that a program had in its hands, cut into partitions of nearly equal size.
template <typename T>
class ParallelizedNode final : public RddNode<T> {
 public:
  ParallelizedNode(std::shared_ptr<SessionState> session, RowList<T> rows, int partition_count)
      : RddNode<T>(std::move(session), "parallelize", {}, partition_count) {
    std::size_t count = rows.size();
    auto parts = static_cast<std::size_t>(partition_count);
    for (std::size_t part = 0; part < parts; ++part) {
      auto block = make_block<T>();
      std::size_t end = count * (part + 1) / parts;
      auto& held = block_of<T>(*block);
      held.reserve(end - count * part / parts);
      for (std::size_t i = count * part / parts; i < end; ++i) {
        held.append_row(std::move(rows[i]));
      }
      blocks_.push_back(std::move(block));
    }
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    const auto& block = blocks_[static_cast<std::size_t>(partition)];
    context.records_read += static_cast<std::int64_t>(rows_of<T>(*block).size());
    return CursorPointer<T>(new BlockCursor<T>(block, context));
  }

 private:
  BlockList blocks_;
};

/// No rows, in no partitions.
template <typename T>
class EmptyNode final : public RddNode<T> {
 public:
  explicit EmptyNode(std::shared_ptr<SessionState> session)
      : RddNode<T>(std::move(session), "empty", {}, 0) {}

 protected:
  Result<CursorPointer<T>> compute(int, TaskContext&) override { return CursorPointer<T>(); }
};

/// The numbers from `begin` by `step`, made as they are asked for.
class RangeNode final : public RddNode<std::int64_t> {
 public:
  RangeNode(std::shared_ptr<SessionState> session, std::int64_t begin, std::int64_t step,
            std::int64_t count, int partition_count)
      : RddNode<std::int64_t>(std::move(session), "range", {}, partition_count),
        begin_(begin),
        step_(step),
        count_(count) {}

 protected:
  Result<CursorPointer<std::int64_t>> compute(int partition, TaskContext& context) override;

 private:
  const std::int64_t begin_;
  const std::int64_t step_;
  const std::int64_t count_;
};

}  // namespace thalweg
