// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/row_block.h"

namespace thalweg {

AnyRowBlock::AnyRowBlock() = default;
AnyRowBlock::~AnyRowBlock() = default;

void AnyRowBlock::keep(std::shared_ptr<const void> memory, std::size_t bytes) {
  kept_.push_back(std::move(memory));
  heap_bytes_ += bytes;
}

}  // namespace thalweg
