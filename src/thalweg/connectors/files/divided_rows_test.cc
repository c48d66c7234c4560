// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/divided_rows.h"

#include <gtest/gtest.h>

#include "thalweg/columnar/batch_text.h"
#include "thalweg/columnar/column.h"
#include "thalweg/connectors/files/directory_names.h"

namespace thalweg::files {
namespace {

using Names = std::vector<std::string>;

/// Rows (day, n, at): "" is null; n counts from 0.
Batch visits(const Names& days) {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"day", Type::text});
  columns.emplace_back(Field{"n", Type::int64});
  columns.emplace_back(Field{"at", Type::timestamp_us});
  for (std::size_t i = 0; i < days.size(); ++i) {
    days[i].empty() ? columns[0].append_null() : columns[0].append_text(days[i]);
    columns[1].append_integer(static_cast<std::int64_t>(i));
    columns[2].append_integer(1'500'000);
  }
  return build_batch(std::move(columns)).value();
}

/// "directory: rows" of each share, or the error.
Names divided(const Batch& batch, const Names& columns) {
  auto shares = divide_by_directories(batch, columns);
  if (!shares.ok()) return {shares.status().to_string()};
  Names texts;
  for (const auto& share : shares.value()) {
    std::string rows;
    EXPECT_TRUE(append_rows_as_text(share.rows, 1000, rows).ok());
    texts.push_back(share.directory + ": " + rows);
  }
  return texts;
}

TEST(DividedRowsTest, GoIntoTheDirectoriesOfTheirValuesInTheirOrder) {
  EXPECT_EQ(divided(visits({"b", "a", "b", "b", ""}).slice(1, 4), {"day", "at"}),
            (Names{"day=a/at=1970-01-01T00%3A00%3A01.500000Z: 1\n",
                   "day=b/at=1970-01-01T00%3A00%3A01.500000Z: 2\n3\n",
                   "day=__HIVE_DEFAULT_PARTITION__/at=1970-01-01T00%3A00%3A01.500000Z: 4\n"}));
  EXPECT_EQ(divided(visits({"b", "a", "b"}), {"day"}),
            (Names{"day=b: (0,1970-01-01 00:00:01.500)\n(2,1970-01-01 00:00:01.500)\n",
                   "day=a: (1,1970-01-01 00:00:01.500)\n"}));
  EXPECT_EQ(divided(visits({"b"}), {"n", "at"})[0].substr(0, 7), "n=0/at=");
}

TEST(DividedRowsTest, RefuseColumnsThatAreNotThereAndFilesWithoutColumns) {
  EXPECT_EQ(divided(visits({"a"}), {"month"}),
            (Names{"invalid_argument: partitionBy: column not found: \"month\"; the rows have: day "
                   "text, n int64, at timestamp_us"}));
  EXPECT_EQ(divided(visits({"a"}), {"n", "day", "at"})[0].substr(0, 64),
            "invalid_argument: partitionBy: no column is left for the files: ");
  EXPECT_EQ(divided(Batch::of_text("a\n"), {"value"})[0].substr(0, 60),
            "invalid_argument: partitionBy: lines of text have no columns");
}

TEST(DividedRowsTest, TakeNamesWithCommasBetweenThem) {
  EXPECT_EQ(partition_columns_of("day, country").value(), (Names{"day", "country"}));
  EXPECT_EQ(partition_columns_of("").value(), Names());
  for (const char* text : {"a,", ",a", "a,,b", "a,a"}) {
    EXPECT_FALSE(partition_columns_of(text).ok()) << text;
  }
}

TEST(DirectoryNamesTest, EscapeWhatSparkEscapesAndComeBack) {
  std::string text = "a/b=c:%\n{\x7F}\"\\ \xC3\xA9";
  std::string escaped;
  append_escaped(text, escaped);

  EXPECT_EQ(escaped, "a%2Fb%3Dc%3A%25%0A%7B%7F}%22%5C \xC3\xA9");
  EXPECT_EQ(without_escapes(escaped), text);
}

}  // namespace
}  // namespace thalweg::files
