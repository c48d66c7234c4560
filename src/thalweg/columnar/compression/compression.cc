// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/compression/compression.h"

#include "thalweg/columnar/compression/compressed_input.h"
#include "thalweg/common/check.h"

namespace thalweg {
namespace {

struct Named {
  Compression compression;
  std::string_view name;
};
constexpr Named names[] = {
    {Compression::none, "none"}, {Compression::gzip, "gzip"}, {Compression::zstd, "zstd"},
    {Compression::bz2, "bz2"},   {Compression::lz4, "lz4"},   {Compression::snappy, "snappy"},
};
constexpr Named endings[] = {
    {Compression::gzip, ".gz"}, {Compression::zstd, ".zst"},      {Compression::bz2, ".bz2"},
    {Compression::lz4, ".lz4"}, {Compression::snappy, ".snappy"}, {Compression::snappy, ".sz"},
};

using namespace std::string_view_literals;
constexpr Named magics[] = {
    {Compression::gzip, "\x1F\x8B\x08"sv},
    {Compression::zstd, "\x28\xB5\x2F\xFD"sv},
    {Compression::lz4, "\x04\x22\x4D\x18"sv},
    {Compression::snappy, "\xFF\x06\x00\x00sNaPpY"sv},
};

Compression compression_of_bytes(std::string_view bytes) {
  for (const auto& magic : magics) {
    if (bytes.starts_with(magic.name)) return magic.compression;
  }
  // "BZh", a level, and the first digits of pi, which begin a block, or of its root, which end all.
  bool is_bz2 = bytes.starts_with("BZh") && bytes.size() >= 10 &&
                (bytes.substr(4).starts_with("1AY&SY") ||
                 bytes.substr(4).starts_with("\x17\x72\x45\x38\x50\x90"));
  return is_bz2 ? Compression::bz2 : Compression::none;
}

}  // namespace

std::string_view to_string(Compression compression) {
  for (const auto& named : names) {
    if (named.compression == compression) return named.name;
  }
  return "unknown";
}

Compression compression_of_name(std::string_view path) {
  for (const auto& ending : endings) {
    if (path.ends_with(ending.name)) return ending.compression;
  }
  return Compression::none;
}

Result<Compression> compression_of(ReadableFile& file, std::string_view path) {
  std::string begin(compression_magic_bytes_max, '\0');
  THALWEG_TRY_ASSIGN(std::size_t got, file.read_at(0, begin.data(), begin.size()));
  begin.resize(got);
  Compression compression = compression_of_bytes(begin);
  return compression != Compression::none ? compression : compression_of_name(path);
}

Result<std::unique_ptr<ReadableFile>> open_decompressed(std::unique_ptr<ReadableFile> file,
                                                        Compression compression) {
  THALWEG_CHECK(compression != Compression::none, "a file that is not compressed is expanded");
  if (compression == Compression::snappy) return open_snappy(std::move(file));
  return open_stream(std::move(file), compression);
}

}  // namespace thalweg
