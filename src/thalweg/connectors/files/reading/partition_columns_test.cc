// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/partition_columns.h"

#include <gtest/gtest.h>

#include "thalweg/columnar/column.h"

namespace thalweg::files {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

ReadingOptions reading(std::string path) {
  ReadingOptions options;
  options.place.path = std::move(path);
  return options;
}

Batch numbers() {
  ColumnBuilder builder({"n", Type::int64});
  builder.append_integer(1);
  builder.append_integer(2);
  std::vector<ColumnBuilder> builders;
  builders.push_back(std::move(builder));
  return build_batch(std::move(builders)).value();
}

TEST(PartitionColumnsTest, ReadsNamesAsHiveWritesThem) {
  EXPECT_EQ(directory_values("s3://b/day=2026-11-21/path=a%2Fb%3D%25/=x/y/100%/f=1.json"),
            (Values{{"day", "2026-11-21"}, {"path", "a/b=%"}}));
}

TEST(PartitionColumnsTest, AddsWantedColumnsInTheirOrder) {
  Schema wanted{{{"day", Type::text}, {"n", Type::int64}, {"hour", Type::int64}}};
  auto columns = PartitionColumns::make("/in/day=a%2Fb/hour=7/f", reading("/in"), &wanted).value();
  EXPECT_EQ(to_string(columns.in_file()), "n int64");

  Batch batch = columns.add_to(numbers()).value();

  EXPECT_EQ(to_string(schema_of(batch).value()), "day text, n int64, hour int64");
  auto read = columns_of(batch).value();
  EXPECT_EQ(read[0].text(1), "a/b");
  EXPECT_EQ(read[1].integer(1), 2);
  EXPECT_EQ(read[2].integer(0), 7);
}

TEST(PartitionColumnsTest, LooksOnlyBelowThePlace) {
  Schema wanted{{{"day", Type::int64}}};
  auto in_file = [&](const std::string& path) {
    return to_string(
        PartitionColumns::make("s3://b/day=1/hour=2/f", reading(path), &wanted).value().in_file());
  };
  EXPECT_EQ(in_file("s3://b"), "");
  EXPECT_EQ(in_file("s3://b//day=1/"), "day int64");
  EXPECT_EQ(in_file("s3://b/day=*"), "");
}

TEST(PartitionColumnsTest, TakesTheDefaultDirectoryAsNullAndRefusesWhatDoesNotFit) {
  Schema wanted{{{"n", Type::int64}, {"day", Type::int64}}};
  auto null =
      PartitionColumns::make("/in/day=__HIVE_DEFAULT_PARTITION__/f", reading("/in"), &wanted)
          .value();
  EXPECT_TRUE(columns_of(null.add_to(numbers()).value()).value()[1].is_null(0));
  EXPECT_EQ(
      PartitionColumns::make("/in/day=monday/f", reading("/in"), &wanted).status().to_string(),
      "data_loss: source files: a directory's name has no int64: \"day=monday\" of "
      "/in/day=monday/f");
}

}  // namespace
}  // namespace thalweg::files
