// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "thalweg/common/file_system.h"

namespace thalweg {

/// How a file is compressed.
enum class Compression {
  none,
  gzip,
  zstd,
  bz2,
  lz4,     ///< Frames, as the program lz4 writes them.
  snappy,  ///< Framed, or in the blocks that Hadoop writes.
};

/// "gzip". Lives for ever.
std::string_view to_string(Compression compression);

/// What the end of a file's name says: .gz, .zst, .bz2, .lz4, .snappy, .sz.
Compression compression_of_name(std::string_view path);

/// What a file is, by its first bytes, or where these say nothing by its name. Reads
/// `compression_magic_bytes_max` bytes of it.
Result<Compression> compression_of(ReadableFile& file, std::string_view path);
inline constexpr std::size_t compression_magic_bytes_max = 10;

/// Of what is decompressed, so much is read in any case; beyond it, what grows to more than
/// `expansion_max` times its size is refused as a decompression bomb.
inline constexpr std::uint64_t expansion_free_bytes = std::uint64_t{16} << 20;
inline constexpr std::uint64_t expansion_max = 100;

/// What a compressed file has in it, to be read from front to back: read_at() continues where the
/// last one ended, and only 0 bytes are the end. size_bytes() is unsupported. Several compressed
/// parts behind each other are one. Holds at most 64 KiB of the file and what its format needs.
///
/// Errors: data_loss, with the place in the compressed file, for one that is corrupt, ends in the
///         middle, or is a bomb; what came before has been returned by then. REQUIRES: not none.
Result<std::unique_ptr<ReadableFile>> open_decompressed(std::unique_ptr<ReadableFile> file,
                                                        Compression compression);

}  // namespace thalweg
