// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/compression/compression.h"

#include <algorithm>
#include <string>
#include <utility>

#include <arrow/result.h>
#include <arrow/util/compression.h>
#include <gtest/gtest.h>

#include "thalweg/common/bytes/crc32c.h"
#include "thalweg/common/random.h"

namespace thalweg {
namespace {

class Bytes final : public ReadableFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    return bytes_.copy(out, size, offset);
  }
  Result<std::uint64_t> size_bytes() override { return bytes_.size(); }

 private:
  const std::string bytes_;
};

/// The content of a compressed file, read in pieces of this size, and how it ended.
std::pair<std::string, Status> expanded(const std::string& bytes, Compression compression,
                                        std::size_t piece_bytes = 1000) {
  auto file = open_decompressed(std::make_unique<Bytes>(bytes), compression);
  if (!file.ok()) return {"", file.status()};
  std::string content;
  std::string piece(piece_bytes, '\0');
  while (true) {
    auto got = file.value()->read_at(content.size(), piece.data(), piece.size());
    if (!got.ok()) return {content, got.status()};
    content.append(piece, 0, got.value());
    if (got.value() < piece.size()) {
      auto end = file.value()->read_at(content.size(), piece.data(), piece.size());
      return {content, end.ok() ? Status() : end.status()};
    }
  }
}

/// Raw snappy has no stream.
std::string compressed_snappy(const std::string& text) {
  auto codec = arrow::util::Codec::Create(arrow::Compression::SNAPPY).ValueOrDie();
  const auto* input = reinterpret_cast<const std::uint8_t*>(text.data());
  auto size = static_cast<std::int64_t>(text.size());
  std::string out(static_cast<std::size_t>(codec->MaxCompressedLen(size, input)), '\0');
  out.resize(
      static_cast<std::size_t>(codec
                                   ->Compress(size, input, static_cast<std::int64_t>(out.size()),
                                              reinterpret_cast<std::uint8_t*>(out.data()))
                                   .ValueOrDie()));
  return out;
}

std::string compressed(arrow::Compression::type type, const std::string& text) {
  auto codec = arrow::util::Codec::Create(type).ValueOrDie();
  auto compressor = codec->MakeCompressor().ValueOrDie();
  const auto* input = reinterpret_cast<const std::uint8_t*>(text.data());
  auto left = static_cast<std::int64_t>(text.size());
  std::string out;
  // Some want room for all that may come of what they are given.
  std::string piece(2 * text.size() + (std::size_t{1} << 20), '\0');
  auto* room = reinterpret_cast<std::uint8_t*>(piece.data());
  auto room_size = static_cast<std::int64_t>(piece.size());
  while (left > 0) {
    auto step = compressor->Compress(left, input, room_size, room).ValueOrDie();
    input += step.bytes_read;
    left -= step.bytes_read;
    out.append(piece, 0, static_cast<std::size_t>(step.bytes_written));
  }
  for (bool more = true; more;) {
    auto end = compressor->End(room_size, room).ValueOrDie();
    out.append(piece, 0, static_cast<std::size_t>(end.bytes_written));
    more = end.should_retry;
  }
  return out;
}

std::string text_of(std::size_t bytes_min) {
  Random random(3);
  std::string text;
  while (text.size() < bytes_min) text += "line " + std::to_string(random.below(1000)) + "\n";
  return text;
}

std::string big_endian(std::size_t size) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
  return bytes;
}

std::string snappy_frame(char kind, const std::string& content, const std::string& raw) {
  std::uint32_t crc = crc32c(content);
  std::uint32_t masked = (crc >> 15 | crc << 17) + 0xA282EAD8U;
  std::string frame(1, kind);
  for (int i = 0; i < 3; ++i) frame += static_cast<char>((raw.size() + 4) >> (8 * i));
  for (int i = 0; i < 4; ++i) frame += static_cast<char>(masked >> (8 * i));
  return frame + raw;
}
std::string snappy_begin() { return {"\xFF\x06\x00\x00sNaPpY", 10}; }

struct Codec {
  Compression ours;
  arrow::Compression::type arrows;
};
constexpr Codec stream_codecs[] = {
    {Compression::gzip, arrow::Compression::GZIP},
    {Compression::zstd, arrow::Compression::ZSTD},
    {Compression::bz2, arrow::Compression::BZ2},
    {Compression::lz4, arrow::Compression::LZ4_FRAME},
};

TEST(CompressionTest, IsKnownByItsFirstBytesOrElseByTheName) {
  auto of = [](const std::string& bytes, const char* path) {
    Bytes file(bytes);
    return compression_of(file, path).value();
  };
  for (const auto& codec : stream_codecs) {
    EXPECT_EQ(of(compressed(codec.arrows, "text"), "f.log"), codec.ours) << to_string(codec.ours);
  }
  EXPECT_EQ(of(snappy_begin(), "f.log"), Compression::snappy);
  EXPECT_EQ(of("BZh9 is no bz2", "f.log"), Compression::none);
  EXPECT_EQ(of("", "f.snappy"), Compression::snappy);
  EXPECT_EQ(of("x", "a/f.gz"), Compression::gzip);
  EXPECT_EQ(of(compressed(arrow::Compression::ZSTD, "text"), "f.gz"), Compression::zstd);
}

TEST(CompressionTest, ExpandsFilesOfEveryCodec) {
  std::string text = text_of(1'000'000);
  for (const auto& codec : stream_codecs) {
    for (std::size_t piece_bytes : {std::size_t{97}, std::size_t{100'000}}) {
      auto [content, end] = expanded(compressed(codec.arrows, text), codec.ours, piece_bytes);
      EXPECT_TRUE(content == text) << to_string(codec.ours) << " " << content.size();
      EXPECT_TRUE(end.ok()) << end.to_string();
    }
    EXPECT_EQ(expanded("", codec.ours).first, "");
  }
}

TEST(CompressionTest, ReadsWhatGzipItselfWrites) {
  // printf 'one\ntwo\n' | gzip -n
  std::string bytes(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\xcf\x4b\xe5\x2a\x29\xcf\xe7\x02"
      "\x00\xe6\x0b\xba\x12\x08\x00\x00\x00",
      28);
  EXPECT_EQ(expanded(bytes, Compression::gzip).first, "one\ntwo\n");
}

TEST(CompressionTest, TakesPartsBehindEachOtherAsOne) {
  for (const auto& codec : stream_codecs) {
    std::string bytes = compressed(codec.arrows, "one\n") + compressed(codec.arrows, "two\n");
    auto [content, end] = expanded(bytes, codec.ours);
    EXPECT_EQ(content, "one\ntwo\n") << to_string(codec.ours);
    EXPECT_TRUE(end.ok()) << end.to_string();
  }
}

// proves: compressed files: truncated
TEST(CompressionTest, SaysWhereAFileEndsInTheMiddle) {
  std::string text = text_of(1'000'000);
  for (const auto& codec : stream_codecs) {
    std::string bytes = compressed(codec.arrows, text);
    bytes.resize(bytes.size() / 2);

    auto [content, end] = expanded(bytes, codec.ours);

    EXPECT_TRUE(text.starts_with(content)) << to_string(codec.ours);
    EXPECT_EQ(end.to_string(), "data_loss: " + std::string(to_string(codec.ours)) +
                                   ": the file ends in the middle, at byte " +
                                   std::to_string(bytes.size()) + " of the compressed file");
  }
}

// proves: compressed files: malformed
TEST(CompressionTest, NeverHandsOutMoreThanATextWhateverIsFlipped) {
  std::string text = text_of(20'000);
  Random random(11);
  for (const auto& codec : stream_codecs) {
    std::string good = compressed(codec.arrows, text);
    for (int i = 0; i < 100; ++i) {
      std::string bad = good;
      bad[random.below(bad.size())] ^= static_cast<char>(1 + random.below(255));
      auto [content, end] = expanded(bad, codec.ours);
      EXPECT_TRUE(end.ok() || end.code() == ErrorCode::data_loss) << end.to_string();
    }
  }
}

// proves: compressed files: decompression bomb
TEST(CompressionTest, RefusesABomb) {
  std::string zeros(std::size_t{24} << 20, '\0');
  for (const auto& codec : stream_codecs) {
    auto [content, end] = expanded(compressed(codec.arrows, zeros), codec.ours, 1 << 20);

    EXPECT_LT(content.size(), zeros.size()) << to_string(codec.ours);
    EXPECT_NE(end.to_string().find("it grows to more than 100 times its size, as a decompression "
                                   "bomb does"),
              std::string::npos)
        << to_string(codec.ours) << " " << end.to_string();
  }
}

// proves: compressed files: corrupt CRC
TEST(CompressionTest, ExpandsSnappysFrames) {
  std::string text = text_of(60'000);
  std::string bytes = snappy_begin() + snappy_frame(0, text, compressed_snappy(text)) +
                      std::string("\xFE\x02\x00\x00xx", 6) + snappy_frame(1, "plain\n", "plain\n");

  auto [content, end] = expanded(bytes, Compression::snappy);

  EXPECT_TRUE(content == text + "plain\n");
  EXPECT_TRUE(end.ok()) << end.to_string();
  bytes.back() ^= 1;
  EXPECT_EQ(expanded(bytes, Compression::snappy).second.to_string(),
            "data_loss: snappy: a frame whose checksum does not match, at byte " +
                std::to_string(bytes.size()) + " of the compressed file");
}

TEST(CompressionTest, ExpandsHadoopsSnappyBlocks) {
  std::string a = compressed_snappy("one\n");
  std::string b = compressed_snappy("two\n");
  std::string bytes = big_endian(8) + big_endian(a.size()) + a + big_endian(b.size()) + b +
                      big_endian(4) + big_endian(a.size()) + a;

  auto [content, end] = expanded(bytes, Compression::snappy);

  EXPECT_EQ(content, "one\ntwo\none\n");
  EXPECT_TRUE(end.ok()) << end.to_string();
  bytes.pop_back();
  auto [most, cut] = expanded(bytes, Compression::snappy);
  EXPECT_EQ(most, "one\ntwo\n");
  EXPECT_EQ(cut.code(), ErrorCode::data_loss);
}

}  // namespace
}  // namespace thalweg
