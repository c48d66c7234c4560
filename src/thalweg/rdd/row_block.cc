// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/row_block.h"

namespace thalweg {

AnyRowBlock::AnyRowBlock() = default;
AnyRowBlock::~AnyRowBlock() = default;

void AnyRowBlock::keep(std::shared_ptr<const void> memory, std::size_t bytes) {
  kept_.push_back(std::move(memory));
  heap_bytes_ += bytes;
}

AnyHeld::~AnyHeld() = default;

std::shared_ptr<const AnyHeld> own_held(const AnyHeld* held) {
  return std::shared_ptr<const AnyHeld>(held);
}

std::shared_ptr<Block> own_block(Block* block) { return std::shared_ptr<Block>(block); }

Result<std::shared_ptr<const Block>> decode_block(AnyRowBlock* block, std::string&& bytes,
                                                  AppendDecoded append, bool has_views) {
  std::shared_ptr<const Block> owned(block);
  auto memory = std::make_shared<const std::string>(std::move(bytes));
  Decoder decoder(*memory);
  std::uint64_t count = decoder.get_length();
  append(*block, decoder, count, memory->size());
  if (decoder.failed()) {
    return Status(ErrorCode::data_loss,
                  "block of " + std::to_string(count) + " records ends early or is malformed");
  }
  if (has_views) block->keep(memory, memory->size());
  return owned;
}

}  // namespace thalweg
