// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/testing/decoding.h"

namespace thalweg {
namespace {

using testing::block_of;
using testing::decoded_text;

Schema two_columns() { return {{{"id", Type::int64}, {"page", Type::text}}}; }

DecoderOptions with_header() {
  DecoderOptions options;
  options.csv_header = true;
  return options;
}

std::string read(std::string_view bytes, const DecoderOptions& options = {}) {
  return decoded_text("csv", two_columns(), bytes, options);
}

/// Rows of one column, "a".
std::string read_as(Type type, std::string_view bytes, const DecoderOptions& options = {}) {
  return decoded_text("csv", Schema{{{"a", type}}}, bytes, options);
}

TEST(CsvDecoderTest, ReadsFieldsByTheirPlace) {
  EXPECT_EQ(read("1,home\r\n2,cart\n3,end"), "(1,home)\n(2,cart)\n(3,end)\n");
}

TEST(CsvDecoderTest, ReadsFieldsByTheHeadersNames) {
  EXPECT_EQ(read("\xEF\xBB\xBFpage,x,\"id\"\nhome,?,1\n", with_header()), "(1,home)\n");
}

TEST(CsvDecoderTest, ADecoderWithinAFileIsGivenTheHeader) {
  auto decoder = make_decoder("csv", two_columns(), with_header()).value();
  EXPECT_TRUE(decoder->needs_head());
  ASSERT_TRUE(decoder->read_head("page,id\nhome,1\n").ok());
  EXPECT_FALSE(decoder->needs_head());
  EXPECT_EQ(decoded_text(*decoder, "cart,2\n"), "(2,cart)\n");
}

TEST(CsvDecoderTest, TheHeaderIsAskedForOnce) {
  auto decoder = make_decoder("csv", two_columns(), with_header()).value();
  EXPECT_EQ(decoded_text(*decoder, "id,page\n"), "");
  EXPECT_EQ(decoded_text(*decoder, "1,a\n"), "(1,a)\n");
}

TEST(CsvDecoderTest, AHeaderMayLackWhatIsNotRequired) {
  EXPECT_EQ(read("id\n1\n", with_header()), "(1,null)\n");
  Schema schema = two_columns();
  schema.fields[1].required = true;
  EXPECT_EQ(decoded_text("csv", schema, "id,pgae\n1,a\n", with_header()),
            "invalid_argument: header lacks the column \"page\"; it has: id, pgae");
  EXPECT_EQ(read("id,id\n1,2\n", with_header()),
            "invalid_argument: header names a column twice: \"id\"");
}

TEST(CsvDecoderTest, QuotedFieldsHoldSeparatorsQuotesAndLineEnds) {
  EXPECT_EQ(read("1,\"a,\"\"b\"\"\r\nc\"\r\n2,\"\"\n"), "(1,a,\"b\"\r\nc)\n(2,)\n");
}

// proves: CSV: nulls
TEST(CsvDecoderTest, AnEmptyFieldIsNullAQuotedOneIsEmptyText) {
  EXPECT_EQ(read(",\n1,\"\"\n"), "(null,null)\n(1,)\n");
}

TEST(CsvDecoderTest, OptionsChooseTheCharacters) {
  DecoderOptions options;
  options.csv_separator = "||";
  options.csv_quote = '\'';
  options.csv_escape = '\\';
  options.csv_comment = '#';
  options.csv_null_value = "NA";
  EXPECT_EQ(read("# 1||x\n1||'it\\'s||\\\\'\n2||NA\n3||'NA'\n4||a|b\n5||\n", options),
            "(1,it's||\\)\n(2,null)\n(3,NA)\n(4,a|b)\n(5,)\n");
}

// proves: CSV: huge numbers
TEST(CsvDecoderTest, ValuesAreAsInSpark) {
  EXPECT_EQ(read_as(Type::float64, "1\n-1.5e3\n1e999\nNaN\n-Inf\n+1\n"),
            "1.0\n-1500.0\nInfinity\nNaN\n-Infinity\n1.0\n");
  EXPECT_EQ(read_as(Type::boolean, "true\nFALSE\n"), "true\nfalse\n");
  EXPECT_EQ(read_as(Type::timestamp_us, "2026-11-21T18:33:57Z\n2026-11-21\n"),
            "2026-11-21 18:33:57.000\n2026-11-21 00:00:00.000\n");
  EXPECT_EQ(read_as(Type::bytes, "\xFF\n"), "\xFF\n");
}

// proves: CSV: huge numbers; CSV: wrong schema
TEST(CsvDecoderTest, ValuesOfAnotherTypeAreRejected) {
  EXPECT_EQ(read_as(Type::int64, "1.0\n"), "0+3: field \"a\" is no int64: \"1.0\"\n");
  EXPECT_EQ(read_as(Type::int64, "9223372036854775808\n"),
            "0+19: field \"a\" is no int64: \"9223372036854775808\"\n");
  EXPECT_EQ(read_as(Type::float64, "nan\n").substr(0, 4), "0+3:");
  EXPECT_EQ(read_as(Type::boolean, "yes\n").substr(0, 4), "0+3:");
  EXPECT_EQ(read_as(Type::timestamp_us, "now\n").substr(0, 4), "0+3:");
}

// proves: CSV: wrong schema; CSV: truncated
TEST(CsvDecoderTest, RecordsHaveAsManyFieldsAsColumns) {
  EXPECT_EQ(read("1\n2,b,c\n3,d\n"),
            "(3,d)\n0+1: record has 1 fields, not 2\n2+5: record has 3 fields, not 2\n");
}

// proves: CSV: nulls
TEST(CsvDecoderTest, RequiredFieldsMustBeThere) {
  Schema schema = two_columns();
  schema.fields[0].required = true;
  EXPECT_EQ(decoded_text("csv", schema, ",a\n"), "0+2: field \"id\" is missing or null\n");
}

// proves: CSV: malformed; CSV: truncated
TEST(CsvDecoderTest, AQuoteThatIsNotClosedRejectsItsLine) {
  EXPECT_EQ(read("1,\"a\n2,b\n3,c\n"), "(2,b)\n(3,c)\n0+4: a quote is not closed\n");
  EXPECT_EQ(read("1,\"a\" b\r\n2,b\n"), "(2,b)\n0+7: a quoted field goes on behind its quote\n");
}

TEST(CsvDecoderTest, ManyOpenQuotesTakeNoLongerThanOne) {
  DecoderOptions options;
  options.csv_escape = '\\';
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += "\"\\\"\n";
  auto decoder = make_decoder("csv", two_columns(), options).value();
  // Each quote that opens is closed by the next line's, behind which that line goes on.
  EXPECT_EQ(decoder->decode(block_of(bytes)).value().rejected.size(), 50'000U);
}

TEST(CsvDecoderTest, WholeRecordsEndOutsideQuotes) {
  auto decoder = make_decoder("csv", two_columns()).value();
  EXPECT_EQ(decoder->whole_records("1,a\n2,\"b\nc", false), 4U);
  EXPECT_EQ(decoder->whole_records("1,a\n2,\"b\nc\"\n3", false), 12U);
  EXPECT_EQ(decoder->whole_records("1,a\n2,\"b\nc", true), 10U);
  EXPECT_EQ(decoder->whole_records("1,\"a\n" + std::string(2 << 20, 'x') + "\n", false),
            6U + (2 << 20));
  EXPECT_FALSE(decoder->is_line_wise());
}

TEST(CsvDecoderTest, WithoutMultiLineARecordIsALine) {
  DecoderOptions options;
  options.csv_multi_line = false;
  auto decoder = make_decoder("csv", two_columns(), options).value();
  EXPECT_TRUE(decoder->is_line_wise());
  EXPECT_EQ(decoder->whole_records("1,\"a\n2", false), 5U);
  EXPECT_EQ(decoded_text(*decoder, "1,\"a\n2,b\"\n"), "(2,b\")\n0+4: a quote is not closed\n");
}

TEST(CsvDecoderTest, ReadsTextsThatAreARecordEach) {
  auto decoder = make_decoder("csv", two_columns()).value();
  std::vector<std::string_view> texts{"1,a", "2,\"b\nc\"\n", "", "3,d\n4,e"};
  Decoded decoded = decoder->decode_each(texts).value();
  EXPECT_EQ(decoded.batch.row_count(), 2U);
  ASSERT_EQ(decoded.rejected.size(), 2U);
  EXPECT_EQ(decoded.rejected[0].reason, "record is empty");
  EXPECT_EQ(decoded.rejected[1].offset, 3U);
  EXPECT_EQ(decoded.rejected[1].reason, "record has more than one line");
}

TEST(CsvDecoderTest, BlankLinesAreNoRecords) { EXPECT_EQ(read("\n\r\n1,a\n\n"), "(1,a)\n"); }

TEST(CsvDecoderTest, RefusesASeparatorThatCannotBe) {
  DecoderOptions options;
  options.csv_separator = "";
  EXPECT_EQ(read("", options),
            "invalid_argument: separator of CSV is empty, or holds a line end or the quote: \"\"");
}

}  // namespace
}  // namespace thalweg
