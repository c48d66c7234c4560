// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "thalweg/columnar/parquet/file_source_internal.h"

namespace thalweg {

arrow::Result<std::int64_t> FileSource::ReadAt(std::int64_t position, std::int64_t bytes,
                                               void* out) {
  std::int64_t wanted = std::clamp<std::int64_t>(size_bytes_ - position, 0, bytes);
  std::int64_t held = 0;
  while (held < wanted) {
    auto got =
        file_->read_at(static_cast<std::uint64_t>(position + held), static_cast<char*>(out) + held,
                       static_cast<std::size_t>(wanted - held));
    if (!got.ok()) {
      std::lock_guard lock(mutex_);
      failure_ = got.status();
      return arrow::Status::IOError(std::string(failure_.message()));
    }
    if (got.value() == 0) break;
    held += static_cast<std::int64_t>(got.value());
  }
  return held;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> FileSource::ReadAt(std::int64_t position,
                                                                 std::int64_t bytes) {
  // A corrupt file may ask for more than there is, and for as much memory.
  std::int64_t wanted = std::clamp<std::int64_t>(size_bytes_ - position, 0, bytes);
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(wanted));
  ARROW_ASSIGN_OR_RAISE(std::int64_t held, ReadAt(position, wanted, buffer->mutable_data()));
  ARROW_RETURN_NOT_OK(buffer->Resize(held));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

arrow::Result<std::int64_t> FileSource::Read(std::int64_t bytes, void* out) {
  ARROW_ASSIGN_OR_RAISE(std::int64_t held, ReadAt(position_, bytes, out));
  position_ += held;
  return held;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> FileSource::Read(std::int64_t bytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, bytes));
  position_ += buffer->size();
  return buffer;
}

}  // namespace thalweg
