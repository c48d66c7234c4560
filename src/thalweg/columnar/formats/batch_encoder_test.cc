// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/formats/batch_encoder.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/columnar/column.h"

namespace thalweg {
namespace {

/// Two rows of every type, the second one null.
Batch every_type() {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"yes", Type::boolean});
  columns.emplace_back(Field{"count", Type::int64});
  columns.emplace_back(Field{"share", Type::float64});
  columns.emplace_back(Field{"name", Type::text});
  columns.emplace_back(Field{"raw", Type::bytes});
  columns.emplace_back(Field{"at", Type::timestamp_us});
  columns[0].append_integer(1);
  columns[1].append_integer(-7);
  columns[2].append_real(2.5);
  columns[3].append_text("a \"b\",\n");
  columns[4].append_text(std::string("\0\xFF", 2));
  columns[5].append_integer(1'500'000);
  for (auto& column : columns) column.append_null();
  return build_batch(std::move(columns)).value();
}

Batch texts(std::string name, const std::vector<std::string>& values) {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{std::move(name), Type::text});
  for (const auto& value : values) columns[0].append_text(value);
  return build_batch(std::move(columns)).value();
}

std::string encoded(std::string_view format, const std::vector<Batch>& batches,
                    const EncoderOptions& options = {}) {
  auto encoder = make_encoder(format, options);
  if (!encoder.ok()) return encoder.status().to_string();
  std::string out;
  for (const auto& batch : batches) {
    Status appended = encoder.value()->append(batch, out);
    if (!appended.ok()) return appended.to_string();
  }
  Status finished = encoder.value()->finish(out);
  return finished.ok() ? out : finished.to_string();
}

TEST(BatchEncoderTest, WritesRowsAsJson) {
  EXPECT_EQ(encoded("json", {every_type()}),
            "{\"yes\":true,\"count\":-7,\"share\":2.5,\"name\":\"a \\\"b\\\",\\n\","
            "\"raw\":\"AP8=\",\"at\":\"1970-01-01T00:00:01.500000Z\"}\n"
            "{}\n");
}

TEST(BatchEncoderTest, WritesTextInJsonThatEveryoneCanRead) {
  EXPECT_EQ(encoded("json", {texts("t", {"caf\xC3\xA9", "caf\xE9!", "\x01\t\\"})}),
            "{\"t\":\"caf\xC3\xA9\"}\n{\"t\":\"caf\xEF\xBF\xBD!\"}\n{\"t\":\"\\u0001\\t\\\\\"}\n");
}

TEST(BatchEncoderTest, WritesNumbersThatJsonLacksAsText) {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"x", Type::float64});
  columns[0].append_real(std::numeric_limits<double>::quiet_NaN());
  columns[0].append_real(-std::numeric_limits<double>::infinity());

  EXPECT_EQ(encoded("json", {build_batch(std::move(columns)).value()}),
            "{\"x\":\"NaN\"}\n{\"x\":\"-Infinity\"}\n");
}

TEST(BatchEncoderTest, WritesLinesAsAColumn) {
  EXPECT_EQ(encoded("json", {Batch::of_text("one\ntwo\n")}),
            "{\"value\":\"one\"}\n{\"value\":\"two\"}\n");
  EXPECT_EQ(encoded("text", {Batch::of_text("one\ntwo\n"), texts("t", {"three"})}),
            "one\ntwo\nthree\n");
}

TEST(BatchEncoderTest, WritesRowsAsCsv) {
  EXPECT_EQ(encoded("csv", {every_type(), every_type()}),
            "yes,count,share,name,raw,at\n"
            "true,-7,2.5,\"a \"\"b\"\",\n\"," +
                std::string("\0\xFF", 2) +
                ",1970-01-01T00:00:01.500000Z\n,,,,,\n"
                "true,-7,2.5,\"a \"\"b\"\",\n\"," +
                std::string("\0\xFF", 2) + ",1970-01-01T00:00:01.500000Z\n,,,,,\n");
  EXPECT_EQ(encoded("csv", {texts("a,b", {"", "x"})}, {.csv_header = false}), "\"\"\nx\n");
  EXPECT_EQ(encoded("csv", {texts("a", {"x"}), texts("b", {"y"})}),
            "invalid_argument: a CSV file has the same columns in every row: it has a text, got b "
            "text");
}

TEST(BatchEncoderTest, WritesParquetWhereItCanBeLoaded) {
  std::string bytes = encoded("parquet", {every_type(), every_type()});
  if (bytes.starts_with("unsupported")) GTEST_SKIP() << "skipped: " << bytes;

  EXPECT_TRUE(bytes.starts_with("PAR1"));
  EXPECT_TRUE(bytes.ends_with("PAR1"));
}

TEST(BatchEncoderTest, NamesTheFormatsThereAre) {
  EXPECT_EQ(encoded("xml", {}),
            "invalid_argument: no format \"xml\"; there are: text, json, csv, parquet");
}

}  // namespace
}  // namespace thalweg
