// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/cogrouped.h"

namespace thalweg {

std::vector<Dependency> take_dependency(GroupingInput& input) { return {input.take_dependency()}; }

std::vector<Dependency> take_dependencies(GroupingInput& left, GroupingInput& right) {
  return {left.take_dependency(), right.take_dependency()};
}

std::int64_t grouped_bytes(const BlockList& blocks) {
  std::size_t bytes = 0;
  for (const auto& block : blocks) bytes += block->bytes();
  return static_cast<std::int64_t>(bytes);
}

Result<BlockList> GroupingInput::read(int partition, TaskContext& context) const {
  if (shuffle_ != nullptr) return shuffle_->read_all(partition, context);
  THALWEG_TRY_ASSIGN(auto block, node_->open_block(partition, context));
  BlockList blocks;
  blocks.push_back(std::move(block));
  return blocks;
}

}  // namespace thalweg
