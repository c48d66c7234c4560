// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/row_block.h"

namespace thalweg {

AnyRowBlock::AnyRowBlock() = default;
AnyRowBlock::~AnyRowBlock() = default;

void AnyRowBlock::keep(std::shared_ptr<const void> memory, std::size_t bytes) {
  kept_.push_back(std::move(memory));
  heap_bytes_ += bytes;
}

std::shared_ptr<Block> own_block(Block* block) { return std::shared_ptr<Block>(block); }

std::shared_ptr<const std::string> hold_bytes(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

Status malformed_block(std::uint64_t count) {
  return {ErrorCode::data_loss,
          "block of " + std::to_string(count) + " records ends early or is malformed"};
}

}  // namespace thalweg
