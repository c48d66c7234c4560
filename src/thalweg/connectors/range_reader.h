// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "thalweg/common/file_system.h"

namespace thalweg {

/// A file that a server hands out in ranges, each of which costs a round trip. While it is read in
/// order, more is fetched than was asked for: twice as much each time, up to `ahead_bytes_max`.
/// What is read here and there is fetched as it was asked for.
class RangeReader : public ReadableFile {
 public:
  static constexpr std::size_t ahead_bytes_min = std::size_t{256} << 10;
  static constexpr std::size_t ahead_bytes_max = std::size_t{4} << 20;

  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) final;
  Result<std::uint64_t> size_bytes() final;

 protected:
  /// Of so many bytes when it was opened.
  explicit RangeReader(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}

  /// Reads `size` bytes at `offset`; fewer only where the file ends. Never called concurrently.
  virtual Result<std::size_t> fetch(std::uint64_t offset, char* out, std::size_t size) = 0;
  /// The size now. Never called concurrently.
  virtual Result<std::uint64_t> fetch_size() = 0;

 private:
  [[nodiscard]] std::size_t take_held(std::uint64_t offset, char* out, std::size_t size) const;
  Status fetch_block(std::uint64_t offset, std::size_t size);

  std::mutex mutex_;
  std::uint64_t size_bytes_;
  std::uint64_t block_at_ = 0;
  std::string block_;
  std::size_t ahead_bytes_ = 0;
};

}  // namespace thalweg
