// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "thalweg/columnar/compression/compression.h"

namespace thalweg {

/// The bytes of a compressed file, from front to back. One thread.
class CompressedInput {
 public:
  static constexpr std::size_t held_bytes_max = std::size_t{64} << 10;

  explicit CompressedInput(std::unique_ptr<ReadableFile> file) : file_(std::move(file)) {}

  /// What was read and not consumed; more is read when nothing is left. Empty: the file has ended.
  Result<std::string_view> held();
  void consume(std::size_t bytes) { used_ += bytes; }
  /// Consumes exactly `size` bytes into `out`; nothing, and false, at the end of the file.
  /// Errors: data_loss when the file ends in the middle of them.
  Result<bool> take(char* out, std::size_t size);

  /// Where the first byte lies that was not consumed.
  [[nodiscard]] std::uint64_t offset() const { return read_at_ - held_.size() + used_; }

  /// "gzip: what, at byte 17 of the compressed file", as data_loss.
  [[nodiscard]] Status corrupt(Compression compression, std::string_view what) const;

 private:
  std::unique_ptr<ReadableFile> file_;
  std::string held_;
  std::size_t used_ = 0;
  std::uint64_t read_at_ = 0;
};

/// What is read from front to back, and may grow by so much.
class ExpandedFile : public ReadableFile {
 public:
  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) final;
  Result<std::uint64_t> size_bytes() final;

 protected:
  ExpandedFile(std::unique_ptr<ReadableFile> file, Compression compression)
      : input_(std::move(file)), compression_(compression) {}

  /// The next bytes, at most `size`, at least one but at the end.
  virtual Result<std::size_t> expand(char* out, std::size_t size) = 0;

  CompressedInput input_;
  const Compression compression_;

 private:
  std::uint64_t expanded_bytes_ = 0;
  Status failed_;  ///< Kept: what came before it is returned first.
};

/// The file of a codec that Arrow expands as it comes: gzip, zstd, bz2, lz4.
Result<std::unique_ptr<ReadableFile>> open_stream(std::unique_ptr<ReadableFile> file,
                                                  Compression compression);
/// A file of snappy's frames, or of Hadoop's blocks.
Result<std::unique_ptr<ReadableFile>> open_snappy(std::unique_ptr<ReadableFile> file);

}  // namespace thalweg
