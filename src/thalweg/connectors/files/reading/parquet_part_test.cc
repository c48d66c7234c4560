// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "thalweg/columnar/batch_text.h"
#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/columnar/long_line.h"
#include "thalweg/testing/file_source.h"

namespace thalweg {
namespace {

constexpr int group_rows = 1 << 16;

/// A file of orders [first, first + count), in row groups of 65,536; nulls where an id is -1.
std::string orders(int first, int count, Type type = Type::int64) {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"id", type});
  columns.emplace_back(Field{"page", Type::text});
  for (int id = first; id < first + count; ++id) {
    if (id == -1) {
      columns[0].append_null();
    } else if (type == Type::text) {
      columns[0].append_text(std::to_string(id));
    } else {
      columns[0].append_integer(id);
    }
    columns[1].append_text("p" + std::to_string(id));
  }
  auto encoder = make_encoder("parquet").value();
  std::string bytes;
  EXPECT_TRUE(encoder->append(build_batch(std::move(columns)).value(), bytes).ok());
  EXPECT_TRUE(encoder->finish(bytes).ok());
  return bytes;
}

/// Files of Parquet in memory.
class ParquetFilesTest : public testing::FileSourceTest {
 protected:
  ParquetFilesTest() { wanted_.fields = {{"id", Type::int64, true}, {"page", Type::text}}; }

  std::unique_ptr<Source> open(OptionTexts options = {}) {
    options.emplace("format", "parquet");
    return FileSourceTest::open(std::move(options));
  }

  /// What the partitions found have: "(1,p1)" a row, and the records rejected, "position: reason".
  struct Rows {
    std::string text;
    std::vector<std::string> rejected;
    std::vector<std::size_t> rejected_bytes;
    Status failure;
  };
  Rows rows(Source& source, std::size_t rows_max = 1'000'000) {
    Rows all;
    for (const auto& partition : partitions_) {
      auto reader = source.open(partition, {}).value();
      while (all.failure.ok() && !reader->finished()) {
        auto polled = reader->poll(rows_max, Duration(0));
        if (!polled.ok()) {
          all.failure = polled.status();
          break;
        }
        EXPECT_TRUE(append_rows_as_text(polled.value().batch, rows_max, all.text).ok());
        for (const auto& rejected : polled.value().rejected) {
          all.rejected.push_back(rejected.position.text + ": " + rejected.reason);
          all.rejected_bytes.push_back(rejected.bytes.size());
        }
        if (reopen_ && !reader->finished())
          reader = source.open(partition, reader->position()).value();
      }
    }
    return all;
  }
  Rows rows_of(const std::string& bytes, OptionTexts options = {}) {
    resume_ = "";
    add("f", bytes);
    auto source = open(std::move(options));
    found(*source);
    return rows(*source);
  }
};

TEST_F(ParquetFilesTest, ReadsTheWantedColumnsOfEachFile) {
  add("a", orders(1, 2), 1);
  add("b", orders(7, 1), 2);
  auto source = open();
  found(*source);

  EXPECT_EQ(rows(*source).text, "(1,p1)\n(2,p2)\n(7,p7)\n");
}

TEST_F(ParquetFilesTest, ReadsPartsOfALargeFileEachRowOnce) {
  std::string bytes = orders(0, 3 * group_rows + 10);
  std::string expected = rows_of(bytes).text;
  EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 3 * group_rows + 10);
  for (std::size_t part_bytes : {bytes.size() / 2, bytes.size() / 3, bytes.size() / 20}) {
    auto read = rows_of(bytes, {{"maxPartitionBytes", std::to_string(part_bytes)}});
    EXPECT_GT(partitions_.size(), 1U);
    EXPECT_TRUE(read.text == expected) << part_bytes;
  }
}

TEST_F(ParquetFilesTest, GoesOnAtAnyPlaceWithTheSameRows) {
  std::string bytes = orders(0, 2 * group_rows + 10);
  std::string expected = rows_of(bytes).text;
  auto source = open();
  resume_ = "";
  found(*source);
  reopen_ = true;

  EXPECT_TRUE(rows(*source, 9973).text == expected);
}

TEST_F(ParquetFilesTest, ColumnsMayBeInTheNamesOfDirectories) {
  wanted_.fields.push_back({"day", Type::text});
  add("day=2026-11-22/f", orders(1, 1));
  auto source = open();
  found(*source);

  EXPECT_EQ(rows(*source).text, "(1,p1,2026-11-22)\n");
}

// proves: files: malformed
TEST_F(ParquetFilesTest, AFileThatIsNoParquetIsOneDeadLetterWithItsFirstBytes) {
  std::string whole = orders(1, 2);
  for (const std::string& bytes :
       {std::string("id,page\n1,home\n"), whole.substr(0, whole.size() - 1),
        std::string("PAR1PAR1"), std::string(std::size_t{1} << 20, 'x')}) {
    auto read = rows_of(bytes);

    EXPECT_TRUE(read.failure.ok()) << read.failure.to_string();
    EXPECT_EQ(read.text, "");
    ASSERT_EQ(read.rejected.size(), 1U);
    EXPECT_TRUE(read.rejected[0].starts_with(
        "group=0;row=0: memory://in/f: file is no Parquet, cut off or corrupt: "))
        << read.rejected[0];
    EXPECT_EQ(read.rejected_bytes[0], std::min(bytes.size(), LongLine::dead_letter_bytes_max));
  }
}

// proves: files: malformed
TEST_F(ParquetFilesTest, AFileWithOtherColumnsIsOneDeadLetter) {
  auto other_type = rows_of(orders(1, 2, Type::text));
  EXPECT_EQ(other_type.rejected,
            (Names{"group=0;row=0: memory://in/f: column has another type: \"id\" is text in the "
                   "file, wanted is int64"}));

  wanted_.fields.push_back({"price", Type::float64, true});
  auto missing = rows_of(orders(1, 2));
  EXPECT_EQ(missing.rejected,
            (Names{"group=0;row=0: memory://in/f: column not found: \"price\"; the "
                   "file has: id, page"}));
  EXPECT_EQ(missing.text, "");
}

// proves: files: malformed
TEST_F(ParquetFilesTest, ARowGroupThatIsCorruptIsLeftOutAndTheOthersRead) {
  // Given a file of two row groups with a byte of the first one's pages turned.
  std::string bytes = orders(0, group_rows + 5);
  bytes[bytes.size() / 4] = static_cast<char>(bytes[bytes.size() / 4] ^ 1);

  auto read = rows_of(bytes);

  EXPECT_TRUE(read.failure.ok()) << read.failure.to_string();
  ASSERT_EQ(read.rejected.size(), 1U);
  EXPECT_TRUE(read.rejected[0].starts_with(
      "group=0;row=0: memory://in/f: file is no Parquet, cut off or corrupt: "))
      << read.rejected[0];
  EXPECT_TRUE(
      read.rejected[0].ends_with("; 65536 rows of row group 0 are left out, from row 0 of it on"))
      << read.rejected[0];
  EXPECT_EQ(read.text,
            "(65536,p65536)\n(65537,p65537)\n(65538,p65538)\n(65539,p65539)\n(65540,p65540)\n");
}

TEST_F(ParquetFilesTest, TheFilesBehindACorruptOneAreRead) {
  add("a", "no Parquet", 1);
  add("b", orders(1, 1), 2);
  auto source = open({{"mode", "DROPMALFORMED"}});
  found(*source);
  auto read = rows(*source);

  EXPECT_EQ(read.rejected.size(), 1U);
  EXPECT_EQ(read.text, "(1,p1)\n");
}

// proves: files: malformed
TEST_F(ParquetFilesTest, FailFastFailsWithTheFile) {
  EXPECT_TRUE(rows_of("no Parquet", {{"mode", "FAILFAST"}})
                  .failure.to_string()
                  .starts_with("data_loss: source files: memory://in/f: file is no Parquet"));
  EXPECT_EQ(
      rows_of(orders(-1, 2), {{"mode", "FAILFAST"}}).failure.to_string(),
      "invalid_argument: source files: memory://in/f: field \"id\" is null, or has a value that "
      "does not fit");
  EXPECT_EQ(rows_of(orders(1, 1), {{"mode", "FAILFAST"}}).text, "(1,p1)\n");
}

TEST_F(ParquetFilesTest, AFileThatChangedIsNoCorruptOne) {
  add("f", orders(1, 2));
  auto source = open();
  found(*source);
  files_->before_read = [&](const std::string& path, std::uint64_t) {
    files_->files[path] = "now something else";
    return Status();
  };
  auto read = rows(*source);

  EXPECT_TRUE(read.failure.to_string().starts_with(
      "data_loss: source files: file changed since it was found: memory://in/f"))
      << read.failure.to_string();
  EXPECT_TRUE(read.rejected.empty());
}

TEST_F(ParquetFilesTest, ASystemThatIsUnavailableIsNoCorruptFile) {
  add("f", orders(1, 2));
  auto source = open();
  found(*source);
  files_->before_read = [](const std::string&, std::uint64_t) {
    return Status(ErrorCode::unavailable, "not now");
  };

  EXPECT_EQ(rows(*source).failure.to_string(), "unavailable: source files: memory://in/f: not now");
}

}  // namespace
}  // namespace thalweg
