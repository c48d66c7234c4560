// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include "thalweg/common/file_system.h"
#include "thalweg/common/status.h"

namespace thalweg {

/// A file of ours as Arrow reads it. Thread safety: ReadAt() may be called concurrently.
class FileSource final : public arrow::io::RandomAccessFile {
 public:
  FileSource(std::shared_ptr<ReadableFile> file, std::int64_t size_bytes)
      : file_(std::move(file)), size_bytes_(size_bytes) {}

  /// Why the file could not be read, in our own words; ok where it could.
  [[nodiscard]] Status failure() const {
    std::lock_guard lock(mutex_);
    return failure_;
  }

  [[nodiscard]] std::int64_t size_bytes() const { return size_bytes_; }

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Seek(std::int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> GetSize() override { return size_bytes_; }

  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position,
                                                       std::int64_t bytes) override;
  arrow::Result<std::int64_t> Read(std::int64_t bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t bytes) override;

 private:
  const std::shared_ptr<ReadableFile> file_;
  const std::int64_t size_bytes_;
  std::int64_t position_ = 0;
  bool closed_ = false;
  mutable std::mutex mutex_;
  Status failure_;
};

}  // namespace thalweg
