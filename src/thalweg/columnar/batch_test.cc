// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/batch.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "thalweg/columnar/batch_text.h"
#include "thalweg/columnar/column.h"

namespace thalweg {
namespace {

Batch numbers(std::initializer_list<std::int64_t> values) {
  ColumnBuilder column({"n", Type::int64});
  for (std::int64_t value : values) column.append_integer(value);
  std::vector<ColumnBuilder> columns;
  columns.push_back(std::move(column));
  return build_batch(std::move(columns)).value();
}

std::string rows(const Batch& batch) {
  std::string text;
  EXPECT_TRUE(append_rows_as_text(batch, 1000, text).ok());
  return text;
}

TEST(BatchTest, IsEmptyAtFirst) {
  Batch batch;
  EXPECT_TRUE(batch.empty());
  EXPECT_TRUE(batch.is_text());
  EXPECT_EQ(batch.row_count(), 0U);
  EXPECT_EQ(batch.bytes(), 0U);
  EXPECT_TRUE(batch.slice(0, 5).empty());
}

TEST(BatchTest, CountsTheLinesOfText) {
  Batch batch = Batch::of_text("one\ntwo\r\n\n");
  EXPECT_EQ(batch.row_count(), 3U);
  EXPECT_EQ(batch.bytes(), 10U);
  EXPECT_EQ(batch.columns(), nullptr);
}

TEST(BatchTest, SlicesTextWithoutCopying) {
  Batch slice;
  const char* begin = nullptr;
  {
    Batch batch = Batch::of_text("one\ntwo\nthree\n");
    begin = batch.text().data();
    slice = batch.slice(1, 1);
  }
  EXPECT_EQ(slice.text(), "two\n");
  EXPECT_EQ(slice.text().data(), begin + 4);
}

TEST(BatchTest, SlicesAsFarAsThereAreRows) {
  EXPECT_EQ(Batch::of_text("one\ntwo\n").slice(1, 9).text(), "two\n");
  EXPECT_EQ(Batch::of_text("one\ntwo\n").slice(7, 9).text(), "");
  EXPECT_EQ(numbers({1, 2, 3}).slice(2, 9).row_count(), 1U);
  EXPECT_EQ(numbers({1, 2, 3}).slice(7, 9).row_count(), 0U);
}

TEST(BatchTest, SlicesColumns) {
  Batch slice = numbers({1, 2, 3, 4}).slice(1, 2);
  EXPECT_FALSE(slice.is_text());
  EXPECT_EQ(rows(slice), "2\n3\n");
  EXPECT_EQ(slice.bytes(), 16U);
}

TEST(BatchTest, KeepsTheMemoryOfItsOwner) {
  auto owner = std::make_shared<std::string>("line\n");
  std::weak_ptr<std::string> watched = owner;
  Batch batch = Batch::of_text(owner, *owner);
  owner.reset();
  EXPECT_FALSE(watched.expired());
  batch = Batch();
  EXPECT_TRUE(watched.expired());
}

TEST(BatchDeathTest, RefusesTextThatEndsWithinALine) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(Batch::of_text("no end"), "text batch ends within a line");
}

TEST(BatchTextTest, PrintsRowsOfAllTypes) {
  std::vector<ColumnBuilder> columns;
  for (Type type : {Type::boolean, Type::int64, Type::float64, Type::text, Type::timestamp_us}) {
    columns.emplace_back(Field{"c", type});
  }
  columns[0].append_integer(1);
  columns[1].append_integer(-3);
  columns[2].append_real(2.5);
  columns[3].append_text("w\xFF");
  columns[4].append_integer(1'000);
  for (auto& column : columns) column.append_null();

  EXPECT_EQ(rows(build_batch(std::move(columns)).value()),
            "(true,-3,2.5,w\xFF,1970-01-01 00:00:00.001)\n(null,null,null,null,null)\n");
}

TEST(BatchTextTest, PrintsLinesAsTheyAre) {
  std::string text;
  EXPECT_TRUE(append_rows_as_text(Batch::of_text("a\r\n\xFF\nc\n"), 2, text).ok());
  EXPECT_EQ(text, "a\n\xFF\n");
}

}  // namespace
}  // namespace thalweg
