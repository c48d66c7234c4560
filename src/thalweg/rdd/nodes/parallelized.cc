// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/parallelized.h"

#include <algorithm>

namespace thalweg {
namespace {

/// first + step * index; wraps where the product alone would not fit, or behind the last element.
std::int64_t range_element(std::int64_t first, std::int64_t step, std::int64_t index) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(first) +
                                   static_cast<std::uint64_t>(step) *
                                       static_cast<std::uint64_t>(index));
}

class RangeCursor final : public Cursor<std::int64_t> {
 public:
  RangeCursor(std::int64_t begin, std::int64_t step, std::int64_t count, TaskContext& context)
      : next_(begin), step_(step), left_(count), context_(context) {}

  Result<Chunk<std::int64_t>> next() override {
    if (context_.cancelled()) return job_stopped();
    out_.clear();
    auto size = std::min<std::int64_t>(left_, static_cast<std::int64_t>(chunk_rows_max));
    std::int64_t* rows = out_.raw();
    for (std::int64_t i = 0; i < size; ++i) rows[i] = range_element(next_, step_, i);
    out_.set_size(static_cast<std::size_t>(size));
    next_ = range_element(next_, step_, size);
    left_ -= size;
    context_.records_read += size;
    return out_.chunk();
  }

 private:
  std::int64_t next_;
  const std::int64_t step_;
  std::int64_t left_;
  TaskContext& context_;
  ChunkBuffer<std::int64_t> out_;
};

}  // namespace

Result<CursorPointer<std::int64_t>> RangeNode::compute(int partition, TaskContext& context) {
  auto scale = [&](std::int64_t part) {
    return static_cast<std::int64_t>(static_cast<Uint128>(count_) * static_cast<Uint128>(part) /
                                     static_cast<Uint128>(partition_count()));
  };
  std::int64_t first = scale(partition);
  return CursorPointer<std::int64_t>(new RangeCursor(range_element(begin_, step_, first), step_,
                                                     scale(partition + 1) - first, context));
}

}  // namespace thalweg
