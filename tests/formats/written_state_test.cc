// SPDX-License-Identifier: Apache-2.0
//
// Writes a log and a checkpoint directory for state_test.py, which reads them by their pages in
// docs/formats/. Called on its own it writes them to a temporary directory and reads them back.

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/state/checkpoint/checkpoint_directory.h"
#include "thalweg/state/wal/log_reader.h"
#include "thalweg/state/wal/log_writer.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

constexpr int records = 40;
constexpr int first_record_left = 6;
constexpr std::string_view torn("\x20\0\0\0CRC?abc", 11);

/// The same as content() of state_test.py.
std::string content(int i) {
  std::string bytes;
  for (int at = 0; at < i * i * 13 % 300; ++at) bytes += static_cast<char>(i * 7 + at);
  return bytes;
}

class WrittenStateTest : public ::testing::Test {
 protected:
  WrittenStateTest() {
    const char* given = std::getenv("THALWEG_STATE_DIRECTORY");
    root_ = given != nullptr ? given : temporary_.path();
  }

  testing::TemporaryDirectory temporary_;
  std::string root_;
  std::shared_ptr<FileSystem> files_ = std::make_shared<LocalFileSystem>();
};

TEST_F(WrittenStateTest, ALogOfSegmentsWithATornTail) {
  const std::string directory = join_path(root_, "log");
  std::vector<LogPosition> positions;
  std::string positions_text;
  for (int from : {0, 15}) {
    auto writer = LogWriter::open(*files_, directory, {.segment_bytes_max = 700});
    ASSERT_TRUE(writer.ok()) << writer.status().to_string();
    for (int i = from; i < (from == 0 ? 15 : records); ++i) {
      positions.push_back(writer.value()->append(content(i)).value());
      positions_text += to_string(positions.back()) + "\n";
      if (i % 3 == 2) {
        ASSERT_TRUE(writer.value()->sync().ok());
      }
    }
    ASSERT_TRUE(writer.value()->sync().ok());
    if (from > 0) {
      ASSERT_TRUE(writer.value()->remove_before(positions[first_record_left].segment).ok());
    }
  }
  const std::string last = join_path(
      directory, "log-" + std::string(18, '0') + std::to_string(positions.back().segment) + ".log");
  std::ofstream(last, std::ios::binary | std::ios::app) << torn;
  std::ofstream(join_path(root_, "positions.txt")) << positions_text;

  auto reader = std::move(LogReader::open(*files_, directory)).value();
  for (int i = first_record_left; i < records; ++i) {
    auto record = reader->next();
    ASSERT_TRUE(record.ok() && record.value());
    EXPECT_EQ(record.value()->bytes, content(i));
  }
  EXPECT_FALSE(reader->next().value());
  EXPECT_EQ(reader->dropped().bytes_dropped, torn.size());
}

TEST_F(WrittenStateTest, ACheckpointDirectoryOfFiveEpochs) {
  auto directory = std::move(CheckpointDirectory::open(files_, join_path(root_, "checkpoint"),
                                                       "formats", SystemClock::instance()))
                       .value();
  auto sealed = directory->write_file("sealed", content(1)).value();
  for (int i = 1; i <= 5; ++i) {
    auto fresh = directory->write_file("fresh", content(i)).value();
    auto empty = directory->write_file("", "").value();
    Epoch epoch{
        static_cast<std::uint64_t>(i), "epoch " + std::to_string(i), {sealed, fresh, empty}};
    ASSERT_TRUE(directory->commit(epoch).ok());
  }
}

}  // namespace
}  // namespace thalweg
