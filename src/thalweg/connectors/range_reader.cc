// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/range_reader.h"

#include <algorithm>
#include <cstring>

namespace thalweg {

Result<std::size_t> RangeReader::read_at(std::uint64_t offset, char* out, std::size_t size) {
  std::lock_guard lock(mutex_);
  std::size_t done = 0;
  while (done < size) {
    std::size_t held = take_held(offset + done, out + done, size - done);
    done += held;
    if (held > 0) continue;
    if (offset + done >= size_bytes_) {
      // What grows while it is read ends where it ends now.
      THALWEG_TRY_ASSIGN(size_bytes_, fetch_size());
      if (offset + done >= size_bytes_) break;
    }
    THALWEG_TRY(fetch_block(offset + done, size - done));
    if (block_.empty()) break;
  }
  return done;
}

Result<std::uint64_t> RangeReader::size_bytes() {
  std::lock_guard lock(mutex_);
  THALWEG_TRY_ASSIGN(size_bytes_, fetch_size());
  return size_bytes_;
}

std::size_t RangeReader::take_held(std::uint64_t offset, char* out, std::size_t size) const {
  if (offset < block_at_ || offset >= block_at_ + block_.size()) return 0;
  auto from = static_cast<std::size_t>(offset - block_at_);
  std::size_t taken = std::min(size, block_.size() - from);
  std::memcpy(out, block_.data() + from, taken);
  return taken;
}

Status RangeReader::fetch_block(std::uint64_t offset, std::size_t size) {
  bool in_order = offset == block_at_ + block_.size();
  ahead_bytes_ = in_order ? std::clamp(ahead_bytes_ * 2, ahead_bytes_min, ahead_bytes_max) : 0;
  std::uint64_t left = size_bytes_ - offset;
  block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, size + ahead_bytes_)));
  block_at_ = offset;
  auto got = fetch(offset, block_.data(), block_.size());
  block_.resize(got.ok() ? got.value() : 0);
  return std::move(got).status();
}

}  // namespace thalweg
