// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/bytes/crc32c.h"
#include "thalweg/state/wal/log_reader.h"
#include "thalweg/state/wal/log_writer.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using Records = std::vector<std::string>;

class LogTest : public ::testing::Test {
 protected:
  std::unique_ptr<LogWriter> open(std::uint64_t segment_bytes_max = 1 << 20) {
    auto writer = LogWriter::open(files_, path_, {.segment_bytes_max = segment_bytes_max});
    EXPECT_TRUE(writer.ok()) << writer.status().to_string();
    return std::move(writer).value();
  }

  std::vector<LogPosition> append(LogWriter& writer, const Records& records) {
    std::vector<LogPosition> positions;
    for (const auto& record : records) {
      auto position = writer.append(record);
      EXPECT_TRUE(position.ok()) << position.status().to_string();
      positions.push_back(position.value());
    }
    EXPECT_TRUE(writer.sync().ok());
    return positions;
  }

  std::unique_ptr<LogReader> reader() {
    auto reader = LogReader::open(files_, path_);
    EXPECT_TRUE(reader.ok()) << reader.status().to_string();
    return std::move(reader).value();
  }

  /// All records; behind them the failure, where reading ended with one.
  Records read() {
    auto reader = LogReader::open(files_, path_);
    if (!reader.ok()) return {reader.status().to_string()};
    Records records;
    while (true) {
      auto record = reader.value()->next();
      if (!record.ok()) records.push_back(record.status().to_string());
      if (!record.ok() || !record.value()) break;
      records.emplace_back(record.value()->bytes);
    }
    dropped_ = reader.value()->dropped();
    return records;
  }

  static std::string segment(int number) {
    std::string digits = std::to_string(number);
    return "log/log-" + std::string(20 - digits.size(), '0') + digits + ".log";
  }

  testing::TemporaryDirectory directory_;
  LocalFileSystem files_;
  const std::string path_ = directory_.path("log");
  LogTail dropped_;
};

TEST_F(LogTest, ReadsWhatWasAppendedInItsOrder) {
  const Records records = {"first", "", std::string(100'000, 'x'), std::string("\0\xFF", 2)};
  auto positions = append(*open(), records);

  EXPECT_EQ(read(), records);
  EXPECT_EQ(dropped_.bytes_dropped, 0U);
  auto log = reader();
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(log->read(positions[i]).value(), records[i]);
    EXPECT_EQ(log->next().value()->position, positions[i]);
  }
  EXPECT_FALSE(log->next().value());
  EXPECT_FALSE(log->next().value());
}

TEST_F(LogTest, ALogWithoutRecordsIsEmpty) {
  auto writer = open();

  EXPECT_EQ(writer->segment(), 1U);
  EXPECT_EQ(read(), Records());
}

TEST_F(LogTest, ALogThatIsNotThereIsNotTakenForAnEmptyOne) {
  EXPECT_EQ(LogReader::open(files_, path_).status().code(), ErrorCode::not_found);
}

TEST_F(LogTest, BeginsASegmentWhenTheLastIsFull) {
  auto positions = append(*open(68), {"0123456789", "abc", std::string(500, 'x'), "end"});

  EXPECT_EQ(positions[0], (LogPosition{1, 36, 10}));
  EXPECT_EQ(positions[1], (LogPosition{1, 54, 3}));
  EXPECT_EQ(positions[2], (LogPosition{2, 36, 500}));
  EXPECT_EQ(positions[3], (LogPosition{3, 36, 3}));
  EXPECT_EQ(read(), (Records{"0123456789", "abc", std::string(500, 'x'), "end"}));
}

TEST_F(LogTest, WritesOnInANewSegmentWhenOpenedAgain) {
  auto before = append(*open(), {"one"});
  auto after = append(*open(), {"two"});

  EXPECT_EQ(before[0].segment, 1U);
  EXPECT_EQ(after[0].segment, 2U);
  EXPECT_EQ(read(), (Records{"one", "two"}));
  EXPECT_EQ(reader()->read(before[0]).value(), "one");
}

TEST_F(LogTest, OpeningOftenLeavesNoTrailOfEmptySegments) {
  append(*open(), {"one"});
  for (int i = 0; i < 5; ++i) open();

  EXPECT_EQ(open()->segment(), 2U);
  EXPECT_EQ(directory_.file_count(), 2);
}

TEST_F(LogTest, SegmentsBeforeANumberAreRemoved) {
  auto writer = open(58);
  auto positions = append(*writer, {"one", "two", "three"});
  ASSERT_EQ(positions[2].segment, 2U);
  append(*writer, {"four"});

  ASSERT_TRUE(writer->remove_before(2).ok());
  EXPECT_EQ(read(), (Records{"three", "four"}));
  auto gone = reader()->read(positions[0]);
  EXPECT_EQ(gone.status().to_string(), "data_loss: log segment is missing, with record 1:36:3: " +
                                           directory_.path(segment(1)));
  ASSERT_TRUE(writer->remove_before(99).ok());
  append(*writer, {"five"});
  EXPECT_EQ(read(), (Records{"four", "five"}));
}

TEST_F(LogTest, ATornTailIsCutOffAndCounted) {
  append(*open(), {"one", "two"});
  const std::string whole = directory_.read(segment(1));
  const std::string_view next("\x05\0\0\0CRC?thr", 11);
  for (std::size_t cut = 1; cut <= next.size(); ++cut) {
    directory_.write(segment(1), whole + std::string(next.substr(0, cut)));
    EXPECT_EQ(read(), (Records{"one", "two"}));
    EXPECT_EQ(dropped_.bytes_dropped, cut);
    EXPECT_EQ(dropped_.offset, whole.size());
    EXPECT_EQ(dropped_.path, directory_.path(segment(1)));
  }

  ::testing::internal::CaptureStderr();
  auto writer = open();
  std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(writer->dropped().bytes_dropped, next.size());
  EXPECT_NE(said.find("11 bytes dropped at offset 74: "), std::string::npos) << said;
  append(*writer, {"three"});
  EXPECT_EQ(read(), (Records{"one", "two", "three"}));
  EXPECT_EQ(dropped_.bytes_dropped, 0U);
}

TEST_F(LogTest, ASegmentThatWasBeingCreatedIsATornTail) {
  append(*open(), {"one"});
  for (std::size_t size : {0, 5, 36}) {
    directory_.write(segment(2), std::string(size, '\0'));
    EXPECT_EQ(read(), Records{"one"});
    EXPECT_EQ(dropped_.bytes_dropped, size);
  }
  append(*open(), {"two"});
  EXPECT_EQ(read(), (Records{"one", "two"}));
}

TEST_F(LogTest, DamageInFrontOfWhatWasSyncedIsLoss) {
  auto writer = open();
  append(*writer, {"one", "two"});
  append(*writer, {"three"});
  std::string bytes = directory_.read(segment(1));
  bytes[36 + 8] ^= 1;  // The first record's first byte.
  directory_.write(segment(1), bytes);
  const std::string loss = "data_loss: log segment does not hold what was written, at offset 36: " +
                           directory_.path(segment(1));

  EXPECT_EQ(read(), Records{loss});
  EXPECT_EQ(LogWriter::open(files_, path_).status().to_string(), loss);
}

TEST_F(LogTest, DamageInASegmentThatIsNotTheLastIsLoss) {
  append(*open(), {"one", "two"});
  append(*open(), {"three"});
  std::string bytes = directory_.read(segment(1));
  directory_.write(segment(1), bytes.substr(0, bytes.size() - 1));

  EXPECT_EQ(read(),
            (Records{"one", "two",
                     "data_loss: log segment does not hold what was written, at offset 58: " +
                         directory_.path(segment(1))}));
}

TEST_F(LogTest, ASegmentCutWhereARecordEndsIsLoss) {
  append(*open(), {"one", "two"});
  append(*open(), {"three"});
  std::string bytes = directory_.read(segment(1));
  directory_.write(segment(1), bytes.substr(0, 36 + 11));

  EXPECT_EQ(read(), (Records{"one", "data_loss: log segment has 47 bytes, 74 were written: " +
                                        directory_.path(segment(1))}));
}

TEST_F(LogTest, AMissingSegmentIsLoss) {
  for (const char* record : {"one", "two", "three"}) append(*open(), {record});
  ASSERT_TRUE(files_.remove(directory_.path(segment(2))).ok());

  EXPECT_EQ(read(), Records{"data_loss: log segment is missing: " + directory_.path(segment(2)) +
                            "; later ones are there, up to number 3"});
}

TEST_F(LogTest, ARecordIsRefusedWhereItIsNotWhatWasWritten) {
  auto positions = append(*open(), {"one", "two"});
  auto log = reader();
  std::vector<LogPosition> wrong(6, positions[1]);
  wrong[0].offset += 1;
  wrong[1].length_bytes += 1;
  wrong[2].offset = 1'000'000;
  wrong[3].offset = ~std::uint64_t{0};
  wrong[4] = LogPosition{1, 58, 8};  // The sync mark.
  wrong[5].length_bytes = 0;

  for (const auto& position : wrong) {
    auto read = log->read(position);
    ASSERT_FALSE(read.ok()) << to_string(position);
    EXPECT_EQ(read.status().code(), ErrorCode::data_loss);
  }
  EXPECT_EQ(log->read(positions[1]).value(), "two");
}

TEST_F(LogTest, RefusesANewerVersionNamingBoth) {
  append(*open(), {"one"});
  std::string bytes = directory_.read(segment(1));
  Encoder header;
  header.put_bytes(bytes.substr(0, 8));
  header.put_number<std::uint32_t>(2);
  header.put_bytes(bytes.substr(12, 20));
  header.put_number(crc32c(header.bytes()));
  directory_.write(segment(1), header.bytes() + bytes.substr(36));
  const std::string refusal =
      "unsupported: log segment of version 2, this program reads up to 1: " +
      directory_.path(segment(1));

  EXPECT_EQ(read(), Records{refusal});
  EXPECT_EQ(reader()->read({1, 36, 3}).status().to_string(), refusal);
  EXPECT_EQ(LogWriter::open(files_, path_).status().to_string(), refusal);
}

TEST_F(LogTest, RefusesARecordThatIsTooLargeAndGoesOn) {
  auto writer = open();
  auto refused = writer->append(std::string_view("", std::size_t{LogWriter::record_bytes_max} + 1));

  EXPECT_EQ(refused.status().code(), ErrorCode::invalid_argument);
  append(*writer, {"one"});
  EXPECT_EQ(read(), Records{"one"});
}

TEST_F(LogTest, TwoLogsShareADirectoryByTheirNames) {
  auto other = std::move(LogWriter::open(files_, path_, {.name = "log-two"})).value();
  ASSERT_TRUE(other->append("other").ok());
  append(*open(), {"one"});

  EXPECT_EQ(read(), Records{"one"});
}

TEST_F(LogTest, HasTheBytesThatItsFormatDescribes) {
  append(*open(), {"flood"});
  // docs/formats/log.md has these bytes.
  std::string hex;
  for (unsigned char byte : directory_.read(segment(1))) {
    char digits[4];
    std::snprintf(digits, sizeof digits, "%02X ", byte);
    hex += digits;
  }
  EXPECT_EQ(hex,
            "54 48 57 47 4C 4F 47 31 01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 "
            "00 00 00 00 00 00 00 00 47 1D 47 3D "
            "05 00 00 00 1F 6D 85 58 66 6C 6F 6F 64 "
            "FF FF FF FF 9A 15 5B 37 54 48 57 47 53 59 4E 43 ");
}

}  // namespace
}  // namespace thalweg
