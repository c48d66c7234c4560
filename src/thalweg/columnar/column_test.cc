// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/column.h"

#include <limits>
#include <string>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

namespace thalweg {
namespace {

/// A batch of one column "c" that Arrow's own builder made.
template <typename Builder, typename... Values>
Batch arrow_batch(const std::shared_ptr<arrow::DataType>& type, Values... values) {
  Builder builder(type, arrow::default_memory_pool());
  EXPECT_TRUE(builder.AppendNull().ok());
  EXPECT_TRUE((builder.Append(values).ok() && ...));
  auto array = builder.Finish().ValueOrDie();
  return Batch::of_columns(
      arrow::RecordBatch::Make(arrow::schema({arrow::field("c", type)}), array->length(), {array}));
}

/// The values behind the null in the first row, of the whole batch and of its second half.
std::vector<std::int64_t> integers(const Batch& batch) {
  auto columns = columns_of(batch);
  EXPECT_TRUE(columns.ok()) << columns.status().to_string();
  const Column& column = columns.value()[0];
  EXPECT_TRUE(column.is_null(0));
  std::vector<std::int64_t> values;
  for (std::size_t row = 1; row < column.row_count; ++row) values.push_back(column.integer(row));

  auto tail = columns_of(batch.slice(2, 9));
  EXPECT_TRUE(tail.ok());
  for (std::size_t row = 0; row + 2 < column.row_count; ++row) {
    EXPECT_EQ(tail.value()[0].integer(row), values[row + 1]);
  }
  return values;
}

using Integers = std::vector<std::int64_t>;

TEST(ColumnTest, ReadsIntegersOfEveryWidth) {
  EXPECT_EQ(integers(arrow_batch<arrow::Int8Builder>(arrow::int8(), -128, 127)),
            (Integers{-128, 127}));
  EXPECT_EQ(integers(arrow_batch<arrow::Int16Builder>(arrow::int16(), -5, 6)), (Integers{-5, 6}));
  EXPECT_EQ(integers(arrow_batch<arrow::Int32Builder>(arrow::int32(), -5, 6)), (Integers{-5, 6}));
  EXPECT_EQ(integers(arrow_batch<arrow::Int64Builder>(arrow::int64(), -5, 6)), (Integers{-5, 6}));
  EXPECT_EQ(integers(arrow_batch<arrow::UInt8Builder>(arrow::uint8(), 5, 255)), (Integers{5, 255}));
  EXPECT_EQ(integers(arrow_batch<arrow::UInt32Builder>(arrow::uint32(), 5, 4294967295U)),
            (Integers{5, 4294967295}));
}

TEST(ColumnTest, RefusesAnUnsignedValueBeyondInt64) {
  auto batch = arrow_batch<arrow::UInt64Builder>(arrow::uint64(), 5,
                                                 std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(columns_of(batch).status().to_string(),
            "invalid_argument: value does not fit int64: column \"c\", row 2");
}

TEST(ColumnTest, ReadsTimestampsOfEveryUnitAsMicroseconds) {
  auto of = [](arrow::TimeUnit::type unit) {
    return integers(arrow_batch<arrow::TimestampBuilder>(arrow::timestamp(unit), 3, -1));
  };
  EXPECT_EQ(of(arrow::TimeUnit::SECOND), (Integers{3'000'000, -1'000'000}));
  EXPECT_EQ(of(arrow::TimeUnit::MILLI), (Integers{3'000, -1'000}));
  EXPECT_EQ(of(arrow::TimeUnit::MICRO), (Integers{3, -1}));
  EXPECT_EQ(of(arrow::TimeUnit::NANO), (Integers{0, -1}));
}

TEST(ColumnTest, ReadsFloats) {
  auto columns = columns_of(arrow_batch<arrow::FloatBuilder>(arrow::float32(), 1.5F));
  EXPECT_EQ(columns.value()[0].real(1), 1.5);
  columns = columns_of(arrow_batch<arrow::DoubleBuilder>(arrow::float64(), -0.1));
  EXPECT_EQ(columns.value()[0].real(1), -0.1);
}

TEST(ColumnTest, ReadsBooleans) {
  auto batch = arrow_batch<arrow::BooleanBuilder>(arrow::boolean(), true, false, true);
  auto column = columns_of(batch).value()[0];
  EXPECT_TRUE(column.truth(1));
  EXPECT_FALSE(column.truth(2));
  EXPECT_TRUE(columns_of(batch.slice(3, 1)).value()[0].truth(0));
}

TEST(ColumnTest, ReadsTextsOfBothSizes) {
  auto small = arrow_batch<arrow::StringBuilder>(arrow::utf8(), "one", "", "three");
  auto large = arrow_batch<arrow::LargeBinaryBuilder>(arrow::large_binary(), "one", "", "three");
  for (const Batch& batch : {small, large}) {
    auto columns = columns_of(batch).value();
    EXPECT_EQ(columns[0].text(1), "one");
    EXPECT_EQ(columns[0].text(2), "");
    EXPECT_EQ(columns[0].text(3), "three");
    EXPECT_EQ(columns_of(batch.slice(3, 1)).value()[0].text(0), "three");
    EXPECT_EQ(columns_of(batch.slice(3, 0)).value()[0].row_count, 0U);
  }
}

TEST(ColumnTest, RefusesAColumnOfAnotherType) {
  auto batch = Batch::of_columns(arrow::RecordBatch::Make(
      arrow::schema({arrow::field("items", arrow::list(arrow::int64()))}), 0,
      {arrow::MakeEmptyArray(arrow::list(arrow::int64())).ValueOrDie()}));
  EXPECT_EQ(columns_of(batch).status().to_string(),
            "unsupported: column type not supported: \"items\" is list<item: int64>; supported are "
            "boolean, integers, floats, text, bytes and timestamps");
}

TEST(ColumnTest, BuildsWhatArrowFindsValid) {
  std::vector<ColumnBuilder> columns;
  for (Type type :
       {Type::boolean, Type::int64, Type::float64, Type::text, Type::bytes, Type::timestamp_us}) {
    columns.emplace_back(Field{std::string(to_string(type)), type});
    ColumnBuilder& column = columns.back();
    for (int row = 0; row < 20; ++row) {
      if (row % 3 == 0) {
        column.append_null();
      } else if (type == Type::text || type == Type::bytes) {
        column.append_text("row " + std::to_string(row));
      } else {
        column.append_integer(row % 2);
      }
    }
  }
  auto batch = build_batch(std::move(columns));

  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch.value().columns()->ValidateFull().ok());
  EXPECT_EQ(to_string(schema_of(batch.value()).value()),
            "boolean boolean, int64 int64, float64 float64, text text, bytes bytes, "
            "timestamp_us timestamp_us");
}

}  // namespace
}  // namespace thalweg
