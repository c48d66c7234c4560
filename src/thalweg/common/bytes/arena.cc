// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/bytes/arena.h"

#include <algorithm>

namespace thalweg {

Arena& Arena::operator=(Arena&&) noexcept = default;
Arena::~Arena() = default;

void Arena::grow(std::size_t size) {
  std::size_t block = blocks_.empty() ? 4096 : std::min<std::size_t>(bytes_, 1U << 20);
  block = std::max(block, size);
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(block));
  next_ = blocks_.back().get();
  left_ = block;
  bytes_ += block;
}

}  // namespace thalweg
