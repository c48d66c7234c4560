// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/file_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"
#include "thalweg/testing/memory_files.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::Batches;
using testing::error_of;
using testing::TemporaryDirectory;
using testing::VirtualStreams;
using Text = std::string;

/// A clock that starts at 1000 s, and files whose time of change is said.
class FileStreamTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text, Time modified) {
    std::string path = directory_.write(name, text);
    touch(path, modified);
    return path;
  }
  static void touch(const std::string& path, Time modified) {
    timespec time{modified.micros() / 1'000'000, (modified.micros() % 1'000'000) * 1000};
    const timespec times[] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  std::shared_ptr<const Batches<Text>> collect(FileStreamOptions options = {},
                                               const std::string& directory = "") {
    return streams_.collect(streams_.context().file_stream(
        directory.empty() ? directory_.path() : directory, std::move(options)));
  }
  void batch() { streams_.run_batches(1); }
  static Time at(Duration after_start) { return Time(1000s) + after_start; }

  TemporaryDirectory directory_;
  VirtualStreams streams_{1s, {}, "local[2]", Time(1000s)};
};

TEST_F(FileStreamTest, AFileIsInTheBatchBeforeWhichItChanged) {
  auto batches = streams_.collect(streams_.context().text_file_stream(directory_.path()));
  streams_.start();
  write("a", "one\ntwo\n", at(1s));
  write("b", "three", at(1500ms));

  batch();
  batch();
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{"one", "two"}, {"three"}, {}}));
}

TEST_F(FileStreamTest, OldFilesAreLeftOut) {
  write("old", "old\n", at(-10s));
  write("just before", "just before\n", at(-10ms));
  auto batches = collect();

  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{}}));
}

TEST_F(FileStreamTest, AFileMadeAtTheStartIsTakenThoughItsTimeIsATickOld) {
  auto batches = collect();
  streams_.start();
  write("a", "a\n", at(-9ms));

  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{"a"}}));
}

TEST_F(FileStreamTest, FilesOfTheLastMinuteAreTakenWhereAsked) {
  write("too old", "too old\n", at(-60s));
  write("old", "old\n", at(-59s) + 1ms);
  FileStreamOptions options;
  options.new_files_only = false;
  auto batches = collect(options);

  batch();
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{"old"}, {}}));
}

TEST_F(FileStreamTest, AFileThatChangesAgainIsNotTakenAgain) {
  auto batches = collect();
  streams_.start();
  auto path = write("a", "one\n", at(1s));
  batch();
  touch(path, at(2s));
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{"one"}, {}}));
}

TEST_F(FileStreamTest, FilesOfABatchComeInTheOrderOfTheirTimes) {
  auto batches = collect();
  streams_.start();
  write("a", "second\n", at(900ms));
  write("b", "first\n", at(800ms));
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{"first", "second"}}));
}

TEST_F(FileStreamTest, NamesThatAreHiddenOrUnfinishedAreLeftOut) {
  auto batches = collect();
  streams_.start();
  for (const char* name : {".hidden", "_temporary", "file._COPYING_", "seen"}) {
    write(name, std::string(name) + "\n", at(1s));
  }
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{"seen"}}));
}

TEST_F(FileStreamTest, AFilterDecidesInPlaceOfThat) {
  FileStreamOptions options;
  options.filter = [](const std::string& path) { return path.ends_with(".log"); };
  auto batches = collect(options);
  streams_.start();
  write(".a.log", "a\n", at(1s));
  write("b.txt", "b\n", at(1s));
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{"a"}}));
}

TEST_F(FileStreamTest, AFilterThatThrowsFailsTheBatch) {
  FileStreamOptions options;
  options.filter = [](const std::string&) -> bool { throw std::runtime_error("no idea"); };
  collect(options);
  streams_.start();
  write("a", "a\n", at(1s));
  batch();

  auto failure = streams_.failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), ErrorCode::user_error);
  EXPECT_EQ(failure->message(), "batch 1001000 ms could not be made: no idea");
}

TEST_F(FileStreamTest, DirectoriesBelowAreLeftOut) {
  auto batches = collect();
  streams_.start();
  write("below/a", "a\n", at(1s));
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{}}));
}

TEST_F(FileStreamTest, AGlobFindsDirectoriesThatComeByTheirFilesTimes) {
  std::filesystem::create_directories(directory_.path("streaming"));
  auto batches = collect({}, directory_.path("streaming/sub*"));
  streams_.start();
  write("made/subdir/old", "old\n", at(-1s));
  write("made/subdir/renamed", "renamed\n", at(1s));
  batch();
  touch(directory_.path("made/subdir/renamed"), at(2s));
  std::filesystem::rename(directory_.path("made/subdir"), directory_.path("streaming/subdir"));
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{}, {"renamed"}}));
}

TEST_F(FileStreamTest, ADirectoryMayComeLater) {
  auto batches = collect({}, directory_.path("later"));
  batch();
  write("later/a", "a\n", at(2s));
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{}, {"a"}}));
  EXPECT_EQ(streams_.failure(), std::nullopt);
}

TEST_F(FileStreamTest, AMissingDirectoryIsSaidOnce) {
  collect({}, directory_.path("missing"));
  ::testing::internal::CaptureStderr();
  streams_.run_batches(3);
  streams_.context().stop();
  std::string said = ::testing::internal::GetCapturedStderr();

  std::string words = directory_.path("missing");
  EXPECT_NE(said.find("; the stream goes on and looks again at every batch"), std::string::npos);
  ASSERT_NE(said.find(words), std::string::npos) << said;
  EXPECT_EQ(said.find(words, said.find(words) + 1), std::string::npos) << said;
}

TEST_F(FileStreamTest, ADirectoryThatCanNotBeReadIsSaid) {
  class Locked final : public testing::MemoryFiles {
   public:
    Result<std::vector<FileEntry>> list(const std::string& path) override {
      return Status(ErrorCode::unavailable, "directory can't be read: " + path);
    }
  };
  streams_.session().files().add("locked", std::make_shared<Locked>());
  auto batches = collect({}, "locked://in");
  ::testing::internal::CaptureStderr();
  streams_.run_batches(2);
  streams_.context().stop();
  std::string said = ::testing::internal::GetCapturedStderr();

  EXPECT_NE(said.find("directory can't be read: in; the stream goes on"), std::string::npos)
      << said;
  EXPECT_EQ(*batches, (Batches<Text>{{}, {}}));
}

TEST_F(FileStreamTest, AFileThatVanishesFailsItsBatchOnly) {
  auto path = directory_.path("a");
  std::vector<Text> rows;
  streams_.context()
      .text_file_stream(directory_.path())
      .for_each_rdd([&](const RDD<std::string_view>& rdd) {
        std::filesystem::remove(path);
        for (auto& row : rdd.collect()) rows.push_back(row);
      });
  streams_.start();
  write("a", "a\n", at(1s));
  batch();
  write("b", "b\n", at(2s));
  batch();

  EXPECT_EQ(rows, std::vector<Text>{"b"});
  auto failure = streams_.failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), ErrorCode::not_found);
  EXPECT_NE(failure->message().find(path), std::string::npos) << failure->message();
}

TEST_F(FileStreamTest, LineEndsAreCutAndOtherBytesKept) {
  auto batches = collect();
  streams_.start();
  write("a", "crlf\r\n\xff\xfe\nlast", at(1s));
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{"crlf", "\xff\xfe", "last"}}));
}

TEST_F(FileStreamTest, SelectionsAreForgotten) {
  auto batches = collect();
  streams_.start();
  write("a", "one\n", at(1s));
  batch();
  for (int i = 0; i < 130; ++i) batch();
  write("a", "again\n", at(131500ms));
  batch();

  EXPECT_EQ(batches->back(), std::vector<Text>{"again"});
}

TEST_F(FileStreamTest, AnUnknownSchemeIsRefusedAtOnce) {
  EXPECT_TRUE(error_of([&] { collect({}, "nowhere://in"); }).starts_with("unsupported: "));
}

class BinaryRecordsTest : public FileStreamTest {};

TEST_F(BinaryRecordsTest, RecordsHaveAllTheSameSize) {
  auto batches = streams_.collect(streams_.context().binary_records_stream(directory_.path(), 3));
  streams_.start();
  write("a", std::string("ab\0cd\n", 6), at(1s));
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{std::string("ab\0", 3), "cd\n"}}));
}

TEST_F(BinaryRecordsTest, ATornTailIsADeadLetter) {
  auto batches = streams_.collect(streams_.context().binary_records_stream(directory_.path(), 4));
  streams_.start();
  auto path = write("a", "12345678xyz", at(1s));
  batch();

  EXPECT_EQ(*batches, (Batches<Text>{{"1234", "5678"}}));
  auto letters = streams_.session().dead_letters().latest();
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].source, path);
  EXPECT_EQ(letters[0].position, "offset=8");
  EXPECT_EQ(letters[0].reason, "the file ends within a record of 4 bytes");
  EXPECT_EQ(letters[0].bytes, "xyz");
}

TEST_F(BinaryRecordsTest, ARecordHasAByteAtLeast) {
  EXPECT_EQ(error_of([&] { (void)streams_.context().binary_records_stream(directory_.path(), 0); }),
            "invalid_argument: binary records must have at least 1 byte: got 0");
}

}  // namespace
}  // namespace thalweg
