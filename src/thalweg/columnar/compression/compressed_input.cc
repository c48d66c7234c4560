// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/compression/compressed_input.h"

#include <algorithm>
#include <cstring>

namespace thalweg {

Result<std::string_view> CompressedInput::held() {
  if (used_ == held_.size()) {
    held_.resize(held_bytes_max);
    used_ = 0;
    auto got = file_->read_at(read_at_, held_.data(), held_.size());
    held_.resize(got.ok() ? got.value() : 0);
    if (!got.ok()) return got.status();
    read_at_ += held_.size();
  }
  return std::string_view(held_).substr(used_);
}

Result<bool> CompressedInput::take(char* out, std::size_t size) {
  std::size_t taken = 0;
  while (taken < size) {
    THALWEG_TRY_ASSIGN(std::string_view some, held());
    if (some.empty() && taken == 0) return false;
    if (some.empty()) return corrupt(Compression::snappy, "the file ends in the middle");
    std::size_t count = std::min(size - taken, some.size());
    std::memcpy(out + taken, some.data(), count);
    consume(count);
    taken += count;
  }
  return true;
}

Status CompressedInput::corrupt(Compression compression, std::string_view what) const {
  return {ErrorCode::data_loss, std::string(to_string(compression)) + ": " + std::string(what) +
                                    ", at byte " + std::to_string(offset()) +
                                    " of the compressed file"};
}

Result<std::size_t> ExpandedFile::read_at(std::uint64_t offset, char* out, std::size_t size) {
  if (offset != expanded_bytes_) {
    return Status(ErrorCode::unsupported, "a compressed file is read from front to back only");
  }
  std::size_t done = 0;
  while (done < size && failed_.ok()) {
    auto got = expand(out + done, size - done);
    if (!got.ok()) {
      failed_ = got.status();
      break;
    }
    if (got.value() == 0) break;
    done += got.value();
    expanded_bytes_ += got.value();
    if (expanded_bytes_ > expansion_free_bytes &&
        expanded_bytes_ / expansion_max > input_.offset()) {
      failed_ =
          input_.corrupt(compression_, "it grows to more than " + std::to_string(expansion_max) +
                                           " times its size, as a decompression bomb does");
    }
  }
  if (done == 0 && !failed_.ok()) return failed_;
  return done;
}

Result<std::uint64_t> ExpandedFile::size_bytes() {
  return Status(ErrorCode::unsupported, "the size of a compressed file's content is not known");
}

}  // namespace thalweg
