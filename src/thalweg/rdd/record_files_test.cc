// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/record_files.h"

#include <gtest/gtest.h>

#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/runtime/dead_letters.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/memory_files.h"

namespace thalweg {
namespace {

using testing::error_of;
using testing::MemoryFiles;

struct Order {
  std::int32_t id = 0;
  std::string_view page;
};
THALWEG_FIELDS(Order, id, page)

/// A session that reads files from memory.
struct Fixture {
  Fixture() { session.files().add("memory", files); }

  /// "id:page id:page" of the records in a file with these bytes, in the order of ids.
  std::string orders_in(const std::string& format, std::string bytes, DecoderOptions options = {}) {
    files->files["f"] = std::move(bytes);
    auto rows =
        record_files<Order>(context, "memory://f", format, options)
            .map([](const Order& order) { return std::pair(order.id, std::string(order.page)); })
            .collect();
    std::sort(rows.begin(), rows.end());
    std::string text;
    for (const auto& [id, page] : rows) text += std::to_string(id) + ":" + page + " ";
    return text;
  }

  std::shared_ptr<MemoryFiles> files = std::make_shared<MemoryFiles>();
  Session session{"local[2]", "test"};
  Context context{session};
};

TEST(RecordFilesTest, ReadEachLineAsARecord) {
  Fixture given;

  EXPECT_EQ(given.orders_in("json", "{\"id\":1,\"page\":\"a\"}\n{\"page\":\"b\",\"id\":2}"),
            "1:a 2:b ");
  EXPECT_EQ(given.orders_in("csv", "1,a\n2,\"b\"\n"), "1:a 2:b ");
}

TEST(RecordFilesTest, WhatIsNoRecordBecomesADeadLetter) {
  Fixture given;

  EXPECT_EQ(given.orders_in("json",
                            "{\"id\":1,\"page\":\"a\"}\n{\"id\":3000000000,\"page\":\"\"}\n"
                            "{\"page\":\"b\"}\n{\"id\":4,\"page\":\"d\"}\n"),
            "1:a 4:d ");

  auto letters = given.session.dead_letters().latest();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[0].source, "memory://f");
  EXPECT_EQ(letters[0].position, "offset=20");
  EXPECT_EQ(letters[0].reason, "field \"id\" is no int64: \"3000000000\"");
  EXPECT_EQ(letters[0].bytes, "{\"id\":3000000000,\"page\":\"\"}");
  EXPECT_EQ(letters[1].position, "offset=48");
  EXPECT_EQ(letters[1].reason, "field \"id\" is missing or null");
}

TEST(RecordFilesTest, EachRecordIsReadOnceHoweverTheFileIsSplit) {
  Fixture given;
  std::string bytes;
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    bytes += "{\"id\":" + std::to_string(i) + ",\"page\":\"home\"}\n";
    expected += std::to_string(i) + ":home ";
  }
  EXPECT_EQ(given.orders_in("json", bytes), expected);
}

/// Orders [0, count) as a file of Parquet, in row groups of 65,536.
std::string parquet_of(int count) {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"id", Type::int64});
  columns.emplace_back(Field{"page", Type::text});
  for (int id = 0; id < count; ++id) {
    columns[0].append_integer(id == 1 ? 3'000'000'000 : id);
    columns[1].append_text("home");
  }
  auto encoder = make_encoder("parquet").value();
  std::string bytes;
  EXPECT_TRUE(encoder->append(build_batch(std::move(columns)).value(), bytes).ok());
  EXPECT_TRUE(encoder->finish(bytes).ok());
  return bytes;
}

TEST(RecordFilesTest, ReadParquetByItsRowGroups) {
  Fixture given;
  std::string expected = "0:home ";
  for (int i = 2; i < 150'000; ++i) expected += std::to_string(i) + ":home ";

  EXPECT_TRUE(given.orders_in("parquet", parquet_of(150'000)) == expected);

  auto letters = given.session.dead_letters().latest();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].position, "group=0;row=1");
  EXPECT_EQ(letters[0].bytes, "{\"id\":3000000000,\"page\":\"home\"}");
}

TEST(RecordFilesTest, AFileThatIsNoParquetIsADeadLetter) {
  Fixture given;

  EXPECT_EQ(given.orders_in("parquet", std::string(1'000'000, 'x')), "");
  EXPECT_EQ(given.session.dead_letters().count(), 1);

  DecoderOptions options;
  options.mode = ParseMode::fail_fast;
  std::string error = error_of([&] { (void)given.orders_in("parquet", "no", options); });
  EXPECT_NE(error.find("memory://f: file is no Parquet, cut off or corrupt"), std::string::npos)
      << error;
}

TEST(RecordFilesTest, FailFastFailsTheJob) {
  Fixture given;
  DecoderOptions options;
  options.mode = ParseMode::fail_fast;

  std::string error = error_of([&] { (void)given.orders_in("json", "{}\n", options); });

  EXPECT_NE(error.find("memory://f offset=0: malformed record at offset 0: field \"id\" "
                       "is missing or null"),
            std::string::npos)
      << error;
}

TEST(RecordFilesTest, RefusesWhatIsNotOneRecordALine) {
  Fixture given;
  DecoderOptions options;
  options.csv_header = true;

  EXPECT_EQ(error_of([&] { (void)given.orders_in("csv", "", options); }),
            "invalid_argument: record_files: a record of csv is not a line here; read a stream of "
            "\"files\" instead");
}

}  // namespace
}  // namespace thalweg
