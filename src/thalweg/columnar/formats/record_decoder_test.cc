// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/formats/record_decoder.h"

#include <gtest/gtest.h>

#include "thalweg/testing/decoding.h"

namespace thalweg {
namespace {

using testing::block_of;
using testing::decoded_text;

Schema one_column(Type type) { return Schema{{{"value", type}}}; }

DecoderOptions records_of(std::size_t bytes) {
  DecoderOptions options;
  options.record_bytes = bytes;
  return options;
}

TEST(RecordDecoderTest, LinesOfTextAreRowsAndViewTheBlock) {
  auto decoder = make_decoder("text", one_column(Type::text)).value();
  RecordBlock block = block_of("one\n\xFF\n");
  Batch batch = decoder->decode(block).value().batch;
  EXPECT_EQ(batch.text().data(), block.bytes.data());
  EXPECT_EQ(batch.row_count(), 2U);
}

TEST(RecordDecoderTest, TheLastLineOfTextMayLackItsEnd) {
  EXPECT_EQ(decoded_text("text", one_column(Type::text), "one\ntwo"), "one\ntwo\n");
  EXPECT_EQ(decoded_text("text", {}, ""), "");
}

TEST(RecordDecoderTest, SaysHowManyBytesAreWholeLines) {
  auto decoder = make_decoder("text", {}).value();
  EXPECT_EQ(decoder->whole_records("one\ntwo", false), 4U);
  EXPECT_EQ(decoder->whole_records("one\ntwo", true), 7U);
  EXPECT_EQ(decoder->whole_records("one", false), 0U);
  EXPECT_TRUE(decoder->is_line_wise());
}

TEST(RecordDecoderTest, BinaryRecordsHaveALength) {
  auto decoder = make_decoder("binary", one_column(Type::bytes), records_of(3)).value();
  EXPECT_EQ(decoder->whole_records("abcde", false), 3U);
  EXPECT_FALSE(decoder->is_line_wise());
  EXPECT_EQ(decoded_text(*decoder, "abcde"),
            "abc\n3+2: record is shorter than 3 bytes: it has 2\n");
}

TEST(RecordDecoderTest, RefusesColumnsThatAFormatCannotHave) {
  EXPECT_EQ(decoded_text("text", one_column(Type::int64), "1\n"),
            "invalid_argument: text has one column of text, not value int64; read it as "
            "std::string_view, or choose the format json or csv");
  EXPECT_EQ(decoded_text("binary", one_column(Type::int64), "1\n"),
            "invalid_argument: binary has one column of bytes, not value int64; read it as "
            "std::string_view");
  EXPECT_EQ(decoded_text("binary", one_column(Type::bytes), "1\n"),
            "invalid_argument: binary records have no length; give it: record_bytes");
  EXPECT_EQ(decoded_text("json", {}, ""),
            "invalid_argument: no columns to read json into; name them");
  EXPECT_EQ(decoded_text("jsn", {}, ""),
            "invalid_argument: no format \"jsn\"; there are: text, json, csv, binary");
}

TEST(RecordDecoderTest, ModesHaveSparksNames) {
  EXPECT_EQ(parse_mode_of("PERMISSIVE").value(), ParseMode::permissive);
  EXPECT_EQ(parse_mode_of("dropMalformed").value(), ParseMode::drop_malformed);
  EXPECT_EQ(parse_mode_of("FAILFAST").value(), ParseMode::fail_fast);
  EXPECT_EQ(parse_mode_of("strict").status().to_string(),
            "invalid_argument: no mode \"strict\"; there are: PERMISSIVE, DROPMALFORMED, FAILFAST");
}

}  // namespace
}  // namespace thalweg
