// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <optional>

#include <arrow/result.h>
#include <arrow/util/compression.h>

#include "thalweg/columnar/arrow_status.h"
#include "thalweg/columnar/compression/compressed_input.h"
#include "thalweg/common/bytes/crc32c.h"

namespace thalweg {
namespace {

/// What a block says it expands to, or is compressed to, at most: as much as Hadoop's largest.
constexpr std::uint32_t block_bytes_max = std::uint32_t{64} << 20;

std::uint32_t big_endian(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::uint32_t little_endian(const char* bytes, int count) {
  std::uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// The size that raw snappy begins with, in groups of seven bits; nothing where there is none.
std::optional<std::uint32_t> expanded_size(std::string_view raw) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 5 && i < raw.size(); ++i) {
    auto byte = static_cast<unsigned char>(raw[i]);
    value |= std::uint64_t{byte & 127U} << (7 * i);
    if ((byte & 128) == 0) {
      if (value > block_bytes_max) return std::nullopt;
      return static_cast<std::uint32_t>(value);
    }
  }
  return std::nullopt;
}

/// Source: the framing format in snappy's own distribution; Hadoop's BlockCompressorStream.
class SnappyFile final : public ExpandedFile {
 public:
  SnappyFile(std::unique_ptr<ReadableFile> file, std::unique_ptr<arrow::util::Codec> codec,
             bool framed)
      : ExpandedFile(std::move(file), Compression::snappy),
        codec_(std::move(codec)),
        framed_(framed) {}

 protected:
  Result<std::size_t> expand(char* out, std::size_t size) override {
    while (used_ == block_.size()) {
      THALWEG_TRY_ASSIGN(bool more, framed_ ? next_frame() : next_block());
      if (!more) return std::size_t{0};
    }
    std::size_t count = std::min(size, block_.size() - used_);
    std::memcpy(out, block_.data() + used_, count);
    used_ += count;
    return count;
  }

 private:
  /// A frame: its kind, its size in three bytes, and, of data, the masked CRC32C of the content.
  Result<bool> next_frame() {
    char head[4];
    THALWEG_TRY_ASSIGN(bool more, input_.take(head, sizeof head));
    if (!more) return false;
    auto kind = static_cast<unsigned char>(head[0]);
    THALWEG_TRY(take_raw(little_endian(head + 1, 3)));
    block_.clear();
    used_ = 0;
    if (kind > 1) {
      // Of the others, those from 0x80 on may be skipped: names, padding, what is to come.
      return kind >= 0x80 ? Result<bool>(true)
                          : input_.corrupt(compression_, "a frame of an unknown kind");
    }
    if (raw_.size() < 4) return input_.corrupt(compression_, "a frame without a checksum");
    std::string_view content = std::string_view(raw_).substr(4);
    if (kind == 1) {
      block_ = content;
    } else {
      THALWEG_TRY(expand_raw(content));
    }
    std::uint32_t crc = crc32c(block_);
    std::uint32_t masked = (crc >> 15 | crc << 17) + 0xA282EAD8U;
    if (masked != little_endian(raw_.data(), 4)) {
      block_.clear();
      return input_.corrupt(compression_, "a frame whose checksum does not match");
    }
    return true;
  }

  /// Hadoop's: the size of what follows when expanded, then parts of that, each with its size.
  Result<bool> next_block() {
    char head[4];
    if (block_left_ == 0) {
      THALWEG_TRY_ASSIGN(bool more, input_.take(head, sizeof head));
      if (!more) return false;
      block_left_ = big_endian(head);
      if (block_left_ > block_bytes_max) return input_.corrupt(compression_, "not Hadoop's blocks");
      if (block_left_ == 0) return true;
    }
    THALWEG_TRY_ASSIGN(bool more, input_.take(head, sizeof head));
    if (!more) return input_.corrupt(compression_, "the file ends in the middle");
    THALWEG_TRY(take_raw(big_endian(head)));
    THALWEG_TRY(expand_raw(raw_));
    if (block_.empty() || block_.size() > block_left_) {
      block_.clear();
      return input_.corrupt(compression_, "a part larger than its block");
    }
    block_left_ -= static_cast<std::uint32_t>(block_.size());
    return true;
  }

  Status take_raw(std::uint32_t size) {
    if (size > block_bytes_max) return input_.corrupt(compression_, "a block that is too large");
    // Grows with what comes: a size that lies does not take memory.
    raw_.clear();
    while (raw_.size() < size) {
      std::size_t had = raw_.size();
      raw_.resize(had + std::min<std::size_t>(size - had, CompressedInput::held_bytes_max));
      THALWEG_TRY_ASSIGN(bool more, input_.take(raw_.data() + had, raw_.size() - had));
      if (!more) return input_.corrupt(compression_, "the file ends in the middle");
    }
    return {};
  }

  Status expand_raw(std::string_view raw) {
    block_.clear();
    used_ = 0;
    auto size = expanded_size(raw);
    if (!size) return input_.corrupt(compression_, "a block without a size");
    if (*size / expansion_max > raw.size() && *size > expansion_free_bytes) {
      return input_.corrupt(compression_, "a block that grows as a decompression bomb does");
    }
    block_.resize(*size);
    auto expanded = codec_->Decompress(
        static_cast<std::int64_t>(raw.size()), reinterpret_cast<const std::uint8_t*>(raw.data()),
        static_cast<std::int64_t>(block_.size()), reinterpret_cast<std::uint8_t*>(block_.data()));
    if (expanded.ok() && *expanded == static_cast<std::int64_t>(block_.size())) return {};
    block_.clear();
    return input_.corrupt(compression_, "a block that can't be expanded");
  }

  const std::unique_ptr<arrow::util::Codec> codec_;
  const bool framed_;
  std::string raw_;
  std::string block_;
  std::size_t used_ = 0;
  std::uint32_t block_left_ = 0;
};

}  // namespace

Result<std::unique_ptr<ReadableFile>> open_snappy(std::unique_ptr<ReadableFile> file) {
  auto codec = arrow::util::Codec::Create(arrow::Compression::SNAPPY);
  if (!codec.ok()) return to_status(codec.status());
  char first = 0;
  THALWEG_TRY_ASSIGN(std::size_t got, file->read_at(0, &first, 1));
  bool framed = got == 1 && first == '\xFF';
  return std::unique_ptr<ReadableFile>(
      std::make_unique<SnappyFile>(std::move(file), *std::move(codec), framed));
}

}  // namespace thalweg
