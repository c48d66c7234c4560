// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/cogrouped.h"

namespace thalweg {

std::vector<Dependency> take_dependency(GroupingInput& input) { return {input.take_dependency()}; }

std::vector<Dependency> take_dependencies(GroupingInput& left, GroupingInput& right) {
  return {left.take_dependency(), right.take_dependency()};
}

Result<BlockList> GroupingInput::read(int partition, TaskContext& context) const {
  if (shuffle_ != nullptr) return shuffle_->read_all(partition, context);
  THALWEG_TRY_ASSIGN(auto block, node_->open_block(partition, context));
  BlockList blocks;
  blocks.push_back(std::move(block));
  return blocks;
}

Status GroupingInput::for_each_block(int partition, TaskContext& context,
                                     const Visit& visit) const {
  if (shuffle_ == nullptr) {
    THALWEG_TRY_ASSIGN(auto block, node_->open_block(partition, context));
    return visit(block);
  }
  ShuffleReader reader(*shuffle_, partition, context);
  while (true) {
    THALWEG_TRY_ASSIGN(auto block, reader.next());
    if (block == nullptr) return {};
    THALWEG_TRY(visit(block));
  }
}

}  // namespace thalweg
