// SPDX-License-Identifier: Apache-2.0
//
// The log when files fail and the power goes: whatever call it is, what was synced is there after,
// and nothing else but what was appended.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/log.h"
#include "thalweg/state/wal/log_reader.h"
#include "thalweg/state/wal/log_writer.h"
#include "thalweg/testing/faulty_files.h"

namespace thalweg {
namespace {

using testing::FaultyFiles;
using testing::FileFault;
using testing::FileOperation;

const std::string directory = "/app/log";
constexpr std::uint64_t log_crash_seeds = 10;

/// A program that writes a log, and what it has been told.
struct LogProgram {
  struct Appended {
    std::string record;
    LogPosition position;
    bool synced = false;
    bool removed = false;  // Asked for, whether or not it succeeded.
  };
  std::vector<Appended> appended;

  std::unique_ptr<LogWriter> open(FileSystem& files) {
    auto writer = LogWriter::open(files, directory, {.segment_bytes_max = 120});
    return writer.ok() ? std::move(writer).value() : nullptr;
  }

  bool append(LogWriter& writer, std::size_t size) {
    std::string record = "record " + std::to_string(appended.size()) + " ";
    record.resize(std::max(size, record.size()), static_cast<char>('a' + appended.size() % 26));
    appended.push_back({record, {}});
    auto position = writer.append(record);
    if (position.ok()) appended.back().position = position.value();
    return position.ok();
  }

  bool sync(LogWriter& writer) {
    if (!writer.sync().ok()) return false;
    for (auto& each : appended) each.synced = true;
    return true;
  }

  bool remove_before(LogWriter& writer, std::uint64_t segment) {
    for (auto& each : appended) each.removed = each.removed || each.position.segment < segment;
    return writer.remove_before(segment).ok();
  }

  /// Ends at the first failure, as a program that crashes there.
  bool run(FileSystem& files) {
    auto writer = open(files);
    if (!writer) return false;
    bool done =
        append(*writer, 10) && append(*writer, 20) && sync(*writer) && append(*writer, 30) &&
        sync(*writer) && append(*writer, 100) && append(*writer, 10) && append(*writer, 10) &&
        sync(*writer) && append(*writer, 80) && append(*writer, 80) && append(*writer, 80) &&
        remove_before(*writer, 4) && append(*writer, 10) && sync(*writer) && append(*writer, 10);
    if (!done) return false;
    auto reader = LogReader::open(files, directory);
    if (!reader.ok() || !reader.value()->next().ok()) return false;
    writer = open(files);
    if (!writer) return false;
    for (auto& each : appended) each.synced = true;  // Opening makes durable what it finds.
    return append(*writer, 10) && sync(*writer) && append(*writer, 10);
  }
};

/// Reads the log, holds it against what the program was told, and returns what of that is there.
LogProgram read_whole(FileSystem& files, const LogProgram& told) {
  LogProgram found;
  auto reader = LogReader::open(files, directory);
  bool is_there = reader.ok() || reader.status().code() != ErrorCode::not_found;
  EXPECT_TRUE(reader.ok() || !is_there) << reader.status().to_string();
  auto at = told.appended.begin();
  auto skip_until = [&](const std::string& record) {
    for (; at != told.appended.end() && at->record != record; ++at) {
      EXPECT_TRUE(!at->synced || at->removed) << "lost: " << at->record;
    }
  };
  while (reader.ok()) {
    auto record = reader.value()->next();
    EXPECT_TRUE(record.ok()) << record.status().to_string();
    if (!record.ok() || !record.value()) break;
    std::string bytes(record.value()->bytes);
    skip_until(bytes);
    EXPECT_NE(at, told.appended.end()) << "never appended: " << bytes;
    if (at == told.appended.end()) break;
    LogPosition position = record.value()->position;
    if (at->synced) {
      EXPECT_EQ(position, at->position);
    }
    EXPECT_EQ(reader.value()->read(position).value(), bytes);
    found.appended.push_back(*at++);
    found.appended.back().position = position;
  }
  skip_until("none");
  return found;
}

/// A program goes on with what is there; what it then finds or syncs survives the next power cut.
void expect_recovery(FaultyFiles& files, const LogProgram& told) {
  read_whole(files, told);
  LogProgram program;
  auto writer = program.open(files);
  ASSERT_TRUE(writer);
  program = read_whole(files, told);
  for (auto& each : program.appended) each.synced = true;
  program.appended.push_back({"found after recovery", {}, false, false});
  auto position = writer->append(program.appended.back().record);
  ASSERT_TRUE(position.ok()) << position.status().to_string();
  program.appended.back().position = position.value();
  ASSERT_TRUE(program.sync(*writer));
  read_whole(files, program);
  for (std::uint64_t seed = 0; seed < 3; ++seed) read_whole(*files.crash(seed), program);
}

/// Runs the program with a fault at call n = 1, 2, ... until none happens. After each run the log
/// is recovered twice: from what programs see, and from what a power cut leaves. Returns the runs.
int run_with_faults(FileFault fault) {
  for (fault.at = 1;; ++fault.at) {
    SCOPED_TRACE("the fault is at call " + std::to_string(fault.at));
    auto files = std::make_shared<FaultyFiles>(fault.at);
    LogProgram program;
    files->inject(fault);
    bool done = program.run(*files);
    bool happened = files->fault_happened();
    EXPECT_TRUE(happened || done);
    files->heal();
    for (std::uint64_t seed = 0; seed < log_crash_seeds; ++seed) {
      SCOPED_TRACE("power cut with seed " + std::to_string(seed));
      expect_recovery(*files->crash(seed), program);
    }
    SCOPED_TRACE("without a power cut");
    expect_recovery(*files, program);
    if (!happened || ::testing::Test::HasFailure()) return static_cast<int>(fault.at);
  }
}

class LogFaultsTest : public ::testing::Test {
 protected:
  LogFaultsTest() { set_log_level(LogLevel::error); }
  ~LogFaultsTest() override { set_log_level(level_); }

 private:
  const LogLevel level_ = log_level();
};

TEST_F(LogFaultsTest, WhatWasSyncedSurvivesAnyCallThatFailsOnce) {
  EXPECT_GT(run_with_faults({}), 80);
}

TEST_F(LogFaultsTest, WhatWasSyncedSurvivesWhenAllCallsFailFromOneOn) {
  EXPECT_GT(run_with_faults({.for_good = true}), 80);
}

TEST_F(LogFaultsTest, WhatWasSyncedSurvivesEachKindOfFailure) {
  const Status full(ErrorCode::unavailable, "no space left on device");
  for (auto kind : {FileOperation::open_write, FileOperation::append, FileOperation::sync,
                    FileOperation::rename, FileOperation::remove, FileOperation::sync_directory}) {
    for (bool for_good : {false, true}) {
      SCOPED_TRACE("calls of kind " + std::to_string(static_cast<int>(kind)) +
                   (for_good ? ", from one on" : ", one"));
      EXPECT_GT(run_with_faults({.for_good = for_good, .only = kind, .failure = full}), 1);
    }
  }
}

TEST_F(LogFaultsTest, AWriterThatFailedStaysFailed) {
  for (auto kind : {FileOperation::append, FileOperation::sync}) {
    FaultyFiles files(1);
    LogProgram program;
    auto writer = program.open(files);
    ASSERT_TRUE(program.append(*writer, 10));
    const Status broken(ErrorCode::unavailable, "the disk is broken");
    files.inject({.only = kind, .failure = broken});
    bool failed =
        kind == FileOperation::append ? !program.append(*writer, 10) : !program.sync(*writer);
    ASSERT_TRUE(failed);
    const auto calls = files.calls();

    EXPECT_EQ(writer->append("x").status().to_string(), broken.to_string());
    EXPECT_EQ(writer->sync().to_string(), broken.to_string());
    EXPECT_EQ(writer->remove_before(2).to_string(), broken.to_string());
    EXPECT_EQ(files.calls(), calls);
  }
}

TEST_F(LogFaultsTest, EveryFlippedByteIsNoticed) {
  FaultyFiles files(1);
  LogProgram program;
  ASSERT_TRUE(program.run(files));
  program = read_whole(files, program);
  for (auto& each : program.appended) each.synced = true;
  const auto whole = files.files();
  int flips = 0;
  for (const auto& [path, bytes] : whole) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (int flip : {0x01, 0x80, 0xFF}) {
        SCOPED_TRACE(path + " at " + std::to_string(at));
        ++flips;
        files.files() = whole;
        files.files()[path][at] = static_cast<char>(bytes[at] ^ flip);
        auto reader = std::move(LogReader::open(files, directory)).value();
        std::size_t read = 0;
        Result<std::optional<LogRecord>> record = reader->next();
        for (; record.ok() && record.value(); record = reader->next()) {
          ASSERT_EQ(record.value()->bytes, program.appended.at(read++).record);
        }
        bool noticed = !record.ok() || reader->dropped().bytes_dropped > 0;
        ASSERT_TRUE(noticed);
        if (!record.ok()) {
          ASSERT_EQ(record.status().code(), ErrorCode::data_loss);
        }
        for (const auto& each : program.appended) {
          auto bytes_read = reader->read(each.position);
          if (bytes_read.ok()) {
            ASSERT_EQ(bytes_read.value(), each.record);
          }
        }
        auto writer = LogWriter::open(files, directory);
        if (!writer.ok()) {
          ASSERT_EQ(writer.status().code(), ErrorCode::data_loss);
        }
      }
    }
  }
  EXPECT_GT(flips, 1000);
}

TEST_F(LogFaultsTest, ALogCutAnywhereGivesWhatIsWholeOrSaysLoss) {
  FaultyFiles files(1);
  LogProgram program;
  ASSERT_TRUE(program.run(files));
  program = read_whole(files, program);
  const auto whole = files.files();
  for (const auto& [path, bytes] : whole) {
    bool is_last = path == whole.rbegin()->first;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      SCOPED_TRACE(path + " cut to " + std::to_string(size));
      files.files()[path] = bytes.substr(0, size);
      auto reader = std::move(LogReader::open(files, directory)).value();
      std::size_t read = 0;
      Result<std::optional<LogRecord>> record = reader->next();
      for (; record.ok() && record.value(); record = reader->next()) {
        ASSERT_EQ(record.value()->bytes, program.appended.at(read++).record);
      }
      if (!record.ok()) {
        ASSERT_EQ(record.status().code(), ErrorCode::data_loss);
      }
      if (is_last) {
        ASSERT_TRUE(record.ok()) << record.status().to_string();
      }
    }
    files.files()[path] = bytes;
  }
}

}  // namespace
}  // namespace thalweg
