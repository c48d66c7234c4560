// SPDX-License-Identifier: Apache-2.0
//
// What holds for decoders whatever they are given: records that were written are read again, and
// damaged bytes are rows or rejected, every one of them.

#include "thalweg/testing/decoding.h"

#include <bit>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/common/random.h"

namespace thalweg {
namespace {

using testing::block_of;

Schema every_type() {
  return {{{"id", Type::int64},
           {"share", Type::float64},
           {"paid", Type::boolean},
           {"name", Type::text},
           {"raw", Type::bytes},
           {"at", Type::timestamp_us}}};
}

/// Pieces of text that formats have to take care of.
std::string random_text(Random& random) {
  static const std::string pieces[] = {"a",    "\"",       "\\", ",", "\n",           "\r\n", "{",
                                       "null", "\xC3\xA9", "\t", "#", "\xE2\x82\xAC", " ",    "0"};
  std::string text;
  for (std::uint64_t i = random.below(12); i > 0; --i) text += pieces[random.below(14)];
  return text;
}

double random_real(Random& random) {
  if (random.below(3) == 0) return static_cast<double>(random.below(1000)) / 8;
  return std::bit_cast<double>(random.next());
}

Batch random_batch(Random& random, std::size_t row_count) {
  std::vector<ColumnBuilder> columns;
  for (const auto& field : every_type().fields) columns.emplace_back(field);
  for (std::size_t row = 0; row < row_count; ++row) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (random.below(8) == 0) {
        columns[i].append_null();
        continue;
      }
      switch (every_type().fields[i].type) {
        case Type::boolean:
          columns[i].append_integer(static_cast<std::int64_t>(random.below(2)));
          break;
        case Type::int64:
          columns[i].append_integer(static_cast<std::int64_t>(random.next() >> random.below(64)));
          break;
        case Type::timestamp_us:
          // Years of four digits.
          columns[i].append_integer(static_cast<std::int64_t>(random.below(1ULL << 57)) -
                                    60'000'000'000'000'000);
          break;
        case Type::float64:
          columns[i].append_real(random_real(random));
          break;
        default:
          columns[i].append_text(random_text(random));
      }
    }
  }
  return build_batch(std::move(columns)).value();
}

std::string encoded(std::string_view format, const Batch& batch) {
  auto encoder = make_encoder(format, {.csv_header = false}).value();
  std::string out;
  EXPECT_TRUE(encoder->append(batch, out).ok());
  EXPECT_TRUE(encoder->finish(out).ok());
  return out;
}

/// The rows as JSON, a line each: two batches are the same when these are.
std::string rows_of(const Batch& batch) {
  return batch.empty() ? std::string() : encoded("json", batch);
}

/// Everything that a decoder makes of the bytes, given in blocks of up to `block_bytes` (0: whole):
/// rows, and what was rejected.
std::string all_decoded(std::string_view format, std::string_view bytes, std::size_t block_bytes) {
  auto decoder = make_decoder(format, every_type()).value();
  std::string rows;
  std::string rejected;
  std::size_t done = 0;
  std::size_t ahead = block_bytes == 0 ? bytes.size() : block_bytes;
  while (done < bytes.size()) {
    std::string_view rest = bytes.substr(done, ahead);
    bool last = done + rest.size() == bytes.size();
    std::size_t whole = decoder->whole_records(rest, last);
    EXPECT_LE(whole, rest.size());
    if (whole == 0) {
      ahead *= 2;
      continue;
    }
    Decoded decoded = decoder->decode(block_of(rest.substr(0, whole))).value();
    rows += rows_of(decoded.batch);
    std::size_t end = 0;
    for (const auto& slice : decoded.rejected) {
      EXPECT_GE(slice.offset, end);
      end = slice.offset + slice.length;
      EXPECT_LE(end, whole);
      EXPECT_GT(slice.length, 0U);
      EXPECT_FALSE(slice.reason.empty());
      rejected += std::to_string(done + slice.offset) + "+" + std::to_string(slice.length) + " ";
    }
    done += whole;
  }
  return rows + rejected;
}

/// One byte turned, some cut out, or some put elsewhere.
std::string damaged(std::string bytes, Random& random) {
  for (std::uint64_t times = 1 + random.below(3); times > 0 && !bytes.empty(); --times) {
    std::size_t at = random.below(bytes.size());
    std::size_t size = std::min<std::size_t>(random.below(40), bytes.size() - at);
    switch (random.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
        break;
      case 1:
        bytes.resize(at);
        break;
      case 2:
        bytes.erase(at, size);
        break;
      default:
        bytes.insert(random.below(bytes.size()), bytes.substr(at, size));
    }
  }
  return bytes;
}

class DecodingTest : public ::testing::TestWithParam<const char*> {};

TEST_P(DecodingTest, WhatIsWrittenIsReadAgain) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    Batch batch = random_batch(random, 1 + random.below(60));
    EXPECT_EQ(all_decoded(GetParam(), encoded(GetParam(), batch), 0), rows_of(batch)) << seed;
  }
}

TEST_P(DecodingTest, BlocksOfAnySizeGiveTheSame) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    std::string bytes = damaged(encoded(GetParam(), random_batch(random, 40)), random);
    EXPECT_EQ(all_decoded(GetParam(), bytes, 1 + random.below(400)),
              all_decoded(GetParam(), bytes, 0))
        << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, DecodingTest, ::testing::Values("json", "csv"),
                         [](const auto& format) { return std::string(format.param); });

// proves: JSON: malformed
TEST(JsonDecodingTest, EachLineOfDamagedBytesIsARowOrRejected) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    std::string bytes = damaged(encoded("json", random_batch(random, 20)), random);
    std::size_t lines = 0;
    for (std::size_t begin = 0; begin < bytes.size();) {
      std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
      std::string_view line = std::string_view(bytes).substr(begin, end - begin);
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) ++lines;
      begin = end + 1;
    }
    auto decoder = make_decoder("json", every_type()).value();
    Decoded decoded = decoder->decode(block_of(bytes)).value();
    EXPECT_EQ(decoded.batch.row_count() + decoded.rejected.size(), lines) << seed;
  }
}

}  // namespace
}  // namespace thalweg
