// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/reader.h"

#include <gtest/gtest.h>

#include "thalweg/connectors/files/reading/record_blocks.h"
#include "thalweg/testing/file_source.h"

namespace thalweg {
namespace {

using files::RecordBlocks;
using Lines = std::vector<std::string>;

class FilesReaderTest : public testing::FileSourceTest {};

/// Lines of many lengths, numbered, of about so many bytes together.
std::string numbered_lines(std::size_t bytes) {
  std::string lines;
  for (std::size_t i = 0; lines.size() < bytes; ++i) {
    lines += std::to_string(i) + std::string(i * i % 301, 'x') + "\n";
  }
  return lines;
}

TEST_F(FilesReaderTest, ReadsTheLinesOfFiles) {
  add("a", "one\ntwo\r\n\nlast");
  auto source = open();
  found(*source);

  EXPECT_EQ(read(*source).lines, (Lines{"one", "two\r", "", "last"}));
  EXPECT_EQ(read(*source, 1).lines.size(), 4U);
}

TEST_F(FilesReaderTest, ReadsPartsOfALargeFileEachLineOnce) {
  std::string lines = numbered_lines(10'000);
  add("a", lines);
  auto whole = open();
  found(*whole);
  auto expected = read(*whole);
  for (const char* part_bytes : {"1", "7", "100", "301", "5000", "9999"}) {
    resume_ = "";
    auto source = open({{"maxPartitionBytes", part_bytes}});
    found(*source);
    EXPECT_GT(partitions_.size(), 1U);
    EXPECT_EQ(read(*source), expected) << part_bytes;
  }
}

TEST_F(FilesReaderTest, GoesOnAtAnyPlaceWithTheSameRows) {
  add("a", numbered_lines(3 * RecordBlocks::block_bytes) + std::string(1'500'000, 'y') + "\nend\n");
  auto source = open({{"maxRecordBytes", "1000000"}});
  found(*source);
  auto expected = read(*source);
  ASSERT_EQ(expected.rejected.size(), 1U);
  EXPECT_EQ(expected.lines.back(), "end");

  reopen_ = true;
  EXPECT_EQ(read(*source, 997), expected);
}

// proves: files: malformed; files: limits
TEST_F(FilesReaderTest, SetsRecordsAsideThatAreTooLong) {
  std::string huge(1'200'000, 'z');
  add("a", "first\n" + huge + "\nlast\n");
  auto source = open({{"maxRecordBytes", "600000"}});
  found(*source);
  auto contents = read(*source);

  EXPECT_EQ(contents.lines, (Lines{"first", "last"}));
  ASSERT_EQ(contents.rejected.size(), 1U);
  EXPECT_EQ(contents.rejected[0].substr(0, 10), "offset=6: ");
  EXPECT_NE(contents.rejected[0].find("1200000"), std::string::npos);
}

TEST_F(FilesReaderTest, SaysThatAFileIsGoneOrChanged) {
  add("a", "1\n");
  add("b", "1\n");
  auto source = open();
  found(*source);
  std::erase_if(files_->files, [](const auto& file) { return file.first == "in/a"; });
  EXPECT_EQ(read(*source).failure.to_string(),
            "not_found: source files: file is gone since it was found: memory://in/a; leave files "
            "where they are until they were read (cleanSource removes them then), or set "
            "ignoreMissingFiles to true to go on without such files");
  add("a", "other\n", 101);
  EXPECT_EQ(read(*source).failure.to_string(),
            "data_loss: source files: file changed since it was found: memory://in/a (it had 2 "
            "bytes of 1970-01-01 00:01:40.000, and has 6 bytes of 1970-01-01 00:01:41.000); write "
            "files elsewhere and rename them into the directory once they are whole, or set "
            "ignoreMissingFiles to true to go on without such files");
}

// proves: weather: file replaced while it is read
TEST_F(FilesReaderTest, SaysThatAFileChangedWhileItWasRead) {
  add("a", "1\n");
  auto source = open();
  found(*source);
  files_->before_read = [&](const std::string& path, std::uint64_t) {
    files_->modified[path] = Time(std::chrono::seconds(200));
    return Status();
  };
  EXPECT_EQ(read(*source).failure.to_string().substr(0, 99),
            "data_loss: source files: file changed since it was found: memory://in/a (while it was "
            "read); write ");
  files_->modified["in/a"] = Time(std::chrono::seconds(100));
  files_->before_read = [&](const std::string& path, std::uint64_t) {
    files_->files[path] = "1";
    return Status();
  };
  EXPECT_EQ(read(*source).failure.to_string().substr(0, 106),
            "data_loss: source files: file changed since it was found: memory://in/a (it had 2 "
            "bytes, and ends after 1)");
}

TEST_F(FilesReaderTest, MakesADeadLetterOfAMissingFileWhereAsked) {
  add("a", "1\n", 1);
  add("b", "2\n", 2);
  auto source = open({{"ignoreMissingFiles", "true"}});
  found(*source);
  files_->files.erase("in/a");
  auto contents = read(*source);

  EXPECT_TRUE(contents.failure.ok());
  EXPECT_EQ(contents.lines, (Lines{"2"}));
  ASSERT_EQ(contents.rejected.size(), 1U);
  EXPECT_EQ(contents.rejected[0].substr(0, 57),
            "offset=0: source files: file is gone since it was found: ");
}

TEST_F(FilesReaderTest, ComesBackAfterASystemThatWasUnavailable) {
  add("a", numbered_lines(3 * RecordBlocks::block_bytes));
  auto source = open();
  found(*source);
  auto expected = read(*source);
  int reads = 0;
  files_->before_read = [&](const std::string&, std::uint64_t) {
    return ++reads == 3 ? Status(ErrorCode::unavailable, "not now") : Status();
  };
  auto reader = source->open(partitions_[0], {}).value();
  Contents contents;
  Position position;
  for (int i = 0; i < 1000 && !reader->finished(); ++i) {
    auto polled = reader->poll(500, Duration(0));
    if (!polled.ok()) {
      EXPECT_EQ(polled.status().code(), ErrorCode::unavailable);
      reader = source->open(partitions_[0], reader->position()).value();
      continue;
    }
    std::string_view text = polled.value().batch.text();
    while (!text.empty()) {
      contents.lines.emplace_back(text.substr(0, text.find('\n')));
      text.remove_prefix(text.find('\n') + 1);
    }
  }
  EXPECT_GE(reads, 3);
  EXPECT_EQ(contents, expected);
}

TEST_F(FilesReaderTest, StopsWhenAsked) {
  add("a", "1\n");
  auto source = open();
  found(*source);
  stop_.request_stop();
  EXPECT_EQ(read(*source).failure.to_string(), "cancelled: source files: stopped");
}

}  // namespace
}  // namespace thalweg
