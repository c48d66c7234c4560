// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/nodes/cogrouped.h"

namespace thalweg {

Result<BlockList> GroupingInput::read(int partition, TaskContext& context) const {
  if (shuffle_ != nullptr) return shuffle_->read_all(partition, context);
  THALWEG_TRY_ASSIGN(auto block, node_->open_block(partition, context));
  BlockList blocks;
  blocks.push_back(std::move(block));
  return blocks;
}

}  // namespace thalweg
