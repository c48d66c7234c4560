// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "thalweg/rdd/node.h"

namespace thalweg {

/// How many rows a partition of a node of T has.
template <typename T>
Result<std::int64_t> count_rows(AnyNode& node, int partition, TaskContext& context) {
  THALWEG_TRY_ASSIGN(auto rows, static_cast<RddNode<T>&>(node).open(partition, context));
  std::int64_t count = 0;
  while (true) {
    THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows->next());
    if (chunk.empty()) return count;
    count += static_cast<std::int64_t>(chunk.size());
  }
}

/// A node with one row: how many rows `parent` has. `count`: count_rows() of the parent's type.
NodePointer<std::int64_t> make_counted_node(const std::shared_ptr<AnyNode>& parent,
                                            Result<std::int64_t> (*count)(AnyNode& node,
                                                                          int partition,
                                                                          TaskContext& context));

}  // namespace thalweg
