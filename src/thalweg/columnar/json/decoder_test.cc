// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/testing/decoding.h"

namespace thalweg {
namespace {

using testing::decoded_text;

/// Rows of one column, "a".
std::string read_as(Type type, std::string_view lines, const DecoderOptions& options = {}) {
  return decoded_text("json", Schema{{{"a", type}}}, lines, options);
}

Schema orders() { return {{{"id", Type::int64}, {"page", Type::text}}}; }

DecoderOptions in_mode(ParseMode mode) {
  DecoderOptions options;
  options.mode = mode;
  return options;
}

TEST(JsonDecoderTest, ReadsTheWantedFieldsOfEachLine) {
  EXPECT_EQ(decoded_text("json", orders(),
                         "{\"id\": 1, \"page\": \"home\"}\n"
                         "{\"page\": \"cart\", \"extra\": [1, {\"id\": 3}], \"id\": 2}\n"),
            "(1,home)\n(2,cart)\n");
}

// proves: JSON: nulls
TEST(JsonDecoderTest, AMissingOrNullFieldIsNull) {
  EXPECT_EQ(decoded_text("json", orders(), "{}\n{\"id\": null, \"page\": \"\"}\n"),
            "(null,null)\n(null,)\n");
}

// proves: JSON: nulls; JSON: wrong schema
TEST(JsonDecoderTest, ARequiredFieldMustBeThere) {
  Schema schema = orders();
  schema.fields[0].required = true;
  EXPECT_EQ(decoded_text("json", schema, "{\"page\":\"a\"}\n{\"id\":null}\n{\"id\":3}\n"),
            "(3,null)\n0+12: field \"id\" is missing or null\n"
            "13+11: field \"id\" is missing or null\n");
}

TEST(JsonDecoderTest, LinesNeedNoEndAndBlankOnesAreNoRecords) {
  EXPECT_EQ(read_as(Type::int64, "\xEF\xBB\xBF{\"a\":1}\r\n\n  \r\n{\"a\":2}"), "1\n2\n");
}

TEST(JsonDecoderTest, OfTwoFieldsWithOneNameTheLastCounts) {
  EXPECT_EQ(read_as(Type::int64, "{\"a\":1,\"a\":2}\n{\"a\":1,\"a\":null}\n"), "2\nnull\n");
  EXPECT_EQ(read_as(Type::text, "{\"a\":\"long text\",\"a\":\"b\"}\n{\"a\":\"c\"}\n"), "b\nc\n");
}

TEST(JsonDecoderTest, NamesMayBeEscaped) {
  EXPECT_EQ(read_as(Type::int64, "{\"\\u0061\":1}\n{\"b\\\"\":2,\"a\":3}\n"), "1\n3\n");
}

TEST(JsonDecoderTest, TextsAreUnescaped) {
  EXPECT_EQ(read_as(Type::text, "{\"a\":\"x\\n\\u00e9\\ud83d\\ude00\\/\"}\n"),
            "x\n\xC3\xA9\xF0\x9F\x98\x80/\n");
  EXPECT_EQ(read_as(Type::text, "{\"a\":\"\\ud800\"}\n"),
            "0+14: field \"a\" is no JSON: Problem while parsing a string\n");
}

TEST(JsonDecoderTest, AColumnOfTextTakesTheTextOfOtherValues) {
  EXPECT_EQ(read_as(Type::text,
                    "{\"a\":{\"b\": [1, 2]} }\n{\"a\":[ ] , \"c\":1}\n{\"a\":1.50 }\n{\"a\":true}\n"
                    "{\"a\":null}\n"),
            "{\"b\": [1, 2]}\n[ ]\n1.50\ntrue\nnull\n");
}

// proves: JSON: huge numbers; JSON: wrong schema
TEST(JsonDecoderTest, IntegersAreWholeAndFit) {
  EXPECT_EQ(read_as(Type::int64, "{\"a\":-9223372036854775808}\n{\"a\":9223372036854775807}\n"),
            "-9223372036854775808\n9223372036854775807\n");
  EXPECT_EQ(read_as(Type::int64, "{\"a\":9223372036854775808}\n"),
            "0+25: field \"a\" is no int64: \"9223372036854775808\"\n");
  EXPECT_EQ(read_as(Type::int64, "{\"a\":1.0}\n"), "0+9: field \"a\" is no int64: \"1.0\"\n");
  EXPECT_EQ(read_as(Type::int64, "{\"a\":\"1\"}\n"), "0+9: field \"a\" is no int64: \"1\"\n");
  EXPECT_EQ(read_as(Type::int64, "{\"a\":true}\n"), "0+10: field \"a\" is no int64: \"true\"\n");
  EXPECT_EQ(read_as(Type::int64, "{\"a\":[1]}\n"),
            "0+9: field \"a\" is no int64: \"an object or an array\"\n");
}

TEST(JsonDecoderTest, IntegersLieWithinTheFieldsBounds) {
  Schema schema{{{"a", Type::int64}}};
  schema.fields[0].integer_min = -128;
  schema.fields[0].integer_max = 127;
  EXPECT_EQ(decoded_text("json", schema, "{\"a\":127}\n{\"a\":128}\n"),
            "127\n10+9: field \"a\" is no int64: \"128\"\n");
}

TEST(JsonDecoderTest, NumbersAreWrittenAsJsonHasThem) {
  for (std::string number : {"01", "+1", "1.", ".5", "1e", "0x10", "1_0", "-", "NaN"}) {
    std::string read = read_as(Type::float64, "{\"a\":" + number + "}\n");
    EXPECT_NE(read.find("is no JSON"), std::string::npos) << number << ": " << read;
  }
}

// proves: JSON: huge numbers
TEST(JsonDecoderTest, FloatsMayBeHugeTinyOrNamed) {
  EXPECT_EQ(read_as(Type::float64,
                    "{\"a\":1}\n{\"a\":-1.5e3}\n{\"a\":1e400}\n{\"a\":-1e400}\n{\"a\":1e-400}\n"
                    "{\"a\":\"NaN\"}\n{\"a\":\"-Infinity\"}\n{\"a\":\"+INF\"}\n"),
            "1.0\n-1500.0\nInfinity\n-Infinity\n0.0\nNaN\n-Infinity\nInfinity\n");
  EXPECT_EQ(read_as(Type::float64, "{\"a\":\"1.5\"}\n"),
            "0+11: field \"a\" is no float64: \"1.5\"\n");
}

TEST(JsonDecoderTest, BooleansAreTrueOrFalse) {
  EXPECT_EQ(read_as(Type::boolean, "{\"a\":true}\n{\"a\":false}\n"), "true\nfalse\n");
  EXPECT_EQ(read_as(Type::boolean, "{\"a\":1}\n{\"a\":truth}\n"),
            "0+7: field \"a\" is no boolean: \"1\"\n"
            "8+11: field \"a\" is no JSON: The JSON element does not have the requested type.\n");
}

TEST(JsonDecoderTest, TimesAreIsoTextsOrSeconds) {
  EXPECT_EQ(read_as(Type::timestamp_us,
                    "{\"a\":\"2026-11-21T18:33:57.123456Z\"}\n{\"a\":\"2026-11-21 18:33\"}\n"
                    "{\"a\":\"2026-11-21T18:33:57.123456789+02:00\"}\n{\"a\":5}\n"),
            "2026-11-21 18:33:57.123\n2026-11-21 18:33:00.000\n2026-11-21 16:33:57.123\n"
            "1970-01-01 00:00:05.000\n");
  EXPECT_EQ(read_as(Type::timestamp_us, "{\"a\":\"tomorrow\"}\n"),
            "0+16: field \"a\" is no timestamp_us: \"tomorrow\"\n");
}

TEST(JsonDecoderTest, TimesKeepTheirMicroseconds) {
  auto decoder = make_decoder("json", Schema{{{"a", Type::timestamp_us}}}).value();
  Batch batch = decoder->decode(testing::block_of("{\"a\":\"1970-01-01T00:00:01.123456789Z\"}"))
                    .value()
                    .batch;
  EXPECT_EQ(columns_of(batch).value()[0].integer(0), 1'123'456);
}

TEST(JsonDecoderTest, RecordsLikeTheOneBeforeAreReadFaster) {
  // Long enough that the pattern of the first record is tried on all but the last.
  std::string lines;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    std::string number = std::to_string(i);
    lines += "{\"x\": \"" + std::string(static_cast<std::size_t>(i), 'y') +
             "\", \"id\": " + number + " ,\"page\" : \"p" + number +
             "\", \"z\": " + (i % 3 == 0 ? "null" : "-1.5e3") + "}\r\n";
    expected += "(" + number + ",p" + number + ")\n";
  }
  EXPECT_EQ(decoded_text("json", orders(), lines), expected);
}

TEST(JsonDecoderTest, ARecordUnlikeTheOneBeforeIsReadAsIfAlone) {
  const std::string usual = "{\"id\": 1, \"page\": \"home\", \"other\": \"a long enough text\"}\n";
  const std::string behind(200, ' ');
  for (std::string record :
       {"{\"id\": 1, \"page\": \"ho\\nme\", \"other\": \"\"}",
        "{\"id\": 1, \"page\": null, \"other\": 1}",
        "{\"id\": 1, \"page\": {\"a\": \"home\"}, \"other\": \"\"}", "{\"id\": 01, \"page\": \"\"}",
        "{\"id\": 1, \"page\": \"h\xC3\xA9\", \"other\": \"\"}", "{\"id\": 1, \"page\": \"h\xFF\"}",
        "{\"id\": 1.0, \"page\": \"\", \"other\": \"\"}",
        "{\"id\": 1, \"page\": \"\", \"other\": \"\"",
        "{\"id\": 1, \"page\": \"\", \"other\": \"\"}}",
        "{\"id\": 1, \"page\": \"\", \"id\": \"\"}", "{\"id\": 1, \"page\": \"\", \"other\": tru}",
        "{\"page\": \"\", \"id\": 1, \"other\": 1}"}) {
    std::string alone = decoded_text("json", orders(), record + "\n" + behind);
    std::string after = decoded_text("json", orders(), usual + record + "\n" + behind);
    std::size_t offset = alone.find("0+");
    if (offset == 0) alone = std::to_string(usual.size()) + alone.substr(1);
    EXPECT_EQ(after, "(1,home)\n" + alone) << record;
  }
}

TEST(JsonDecoderTest, BytesAreBase64) {
  EXPECT_EQ(read_as(Type::bytes, "{\"a\":\"aGk=\"}\n"), "hi\n");
  EXPECT_EQ(read_as(Type::bytes, "{\"a\":\"a?k=\"}\n"),
            "0+12: field \"a\" is no bytes: \"a?k=\"\n");
}

// proves: JSON: malformed; JSON: truncated
TEST(JsonDecoderTest, MalformedRecordsAreRejected) {
  for (std::string record : {"{\"a\":1",
                             "{\"a\":1}}",
                             "{\"a\":1} x",
                             "{\"a\":1}{\"a\":2}",
                             "[1]",
                             "1",
                             "null",
                             "\"a\"",
                             "{a:1}",
                             "{\"a\":nul}",
                             "{\"a\":nulls}",
                             "{\"a\" 1}",
                             "{\"a\":1 2}",
                             "{\"a\":1,}",
                             "{,}",
                             "{\"a\":\"\xFF\"}",
                             "{\"a\":\"x\ty\"}",
                             "{\"a\":\"x}",
                             "\xEF\xBB",
                             "{\"a\":}",
                             "{\"a\":1,\"b\":\"x}"}) {
    auto decoder = make_decoder("json", Schema{{{"a", Type::int64}}}).value();
    Decoded decoded =
        decoder->decode(testing::block_of("{\"a\":1}\n" + record + "\n{\"a\":2}\n")).value();
    EXPECT_EQ(decoded.batch.row_count(), 2U) << record;
    ASSERT_EQ(decoded.rejected.size(), 1U) << record;
    EXPECT_EQ(decoded.rejected[0].offset, 8U);
    EXPECT_EQ(decoded.rejected[0].length, record.size());
  }
}

// proves: JSON: deep nesting
TEST(JsonDecoderTest, DepthHasNoBound) {
  std::string deep(1 << 20, '[');
  deep += std::string(1 << 20, ']');
  EXPECT_EQ(read_as(Type::int64, "{\"b\":" + deep + ",\"a\":1}\n"), "1\n");
  EXPECT_EQ(read_as(Type::text, "{\"a\":" + deep + "}\n"), deep + "\n");
}

TEST(JsonDecoderTest, TheCorruptColumnTakesWhatCannotBeRead) {
  Schema schema{{{"a", Type::int64}, {"_corrupt_record", Type::text}}};
  EXPECT_EQ(decoded_text("json", schema,
                         "{\"a\":1,\"_corrupt_record\":\"x\"}\n{\"a\":\r\n{\"a\":\"x\"}\n"),
            "(1,null)\n(null,{\"a\":)\n(null,{\"a\":\"x\"})\n");
  EXPECT_EQ(decoded_text("json", schema, "{\n", in_mode(ParseMode::drop_malformed)).substr(0, 4),
            "0+1:");
  schema.fields[0].required = true;
  EXPECT_EQ(decoded_text("json", schema, "{\n").substr(0, 4), "0+1:");
}

TEST(JsonDecoderTest, FailFastSaysWhereAndWhat) {
  EXPECT_EQ(read_as(Type::int64, "{\"a\":1}\n{\"a\":x}\n", in_mode(ParseMode::fail_fast)),
            "invalid_argument: malformed record at offset 8: field \"a\" is no JSON: The "
            "JSON document has an improper structure: missing or superfluous commas, braces, "
            "missing keys, etc.: \"{\"a\":x}\"; choose another mode to go on without it");
}

TEST(JsonDecoderTest, ReadsTextsThatAreARecordEach) {
  auto decoder = make_decoder("json", orders()).value();
  std::vector<std::string_view> texts{"{\"id\":1,\"page\":\"a\"}", "{\n\"id\": 2\n}", "",
                                      "{\"id\":x}", "{\"id\":3,\"page\":\"a\"}\n"};
  Decoded decoded = decoder->decode_each(texts).value();
  std::string rows;
  ASSERT_TRUE(append_rows_as_text(decoded.batch, 9, rows).ok());
  EXPECT_EQ(rows, "(1,a)\n(2,null)\n(3,a)\n");
  ASSERT_EQ(decoded.rejected.size(), 2U);
  EXPECT_EQ(decoded.rejected[0].offset, 2U);
  EXPECT_EQ(decoded.rejected[1].offset, 3U);
  EXPECT_EQ(decoded.rejected[1].length, 8U);
}

TEST(JsonDecoderTest, RefusesColumnsOfOneName) {
  EXPECT_EQ(decoded_text("json", Schema{{{"a", Type::int64}, {"a", Type::text}}}, ""),
            "invalid_argument: two columns have the name \"a\"");
  EXPECT_EQ(decoded_text("json", Schema{{{"_corrupt_record", Type::int64}}}, ""),
            "invalid_argument: column for malformed records is no text: \"_corrupt_record\" is "
            "int64");
}

}  // namespace
}  // namespace thalweg
