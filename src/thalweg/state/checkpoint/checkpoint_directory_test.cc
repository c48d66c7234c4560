// SPDX-License-Identifier: Apache-2.0
#include "thalweg/state/checkpoint/checkpoint_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/bytes/crc32c.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using Names = std::vector<std::string>;

const std::string zeros(18, '0');

class CheckpointDirectoryTest : public ::testing::Test {
 protected:
  using Directory = std::unique_ptr<CheckpointDirectory>;

  Result<Directory> try_open() {
    return CheckpointDirectory::open(files_, path_, "tide tables", clock_);
  }
  Directory open() {
    auto directory = try_open();
    EXPECT_TRUE(directory.ok()) << directory.status().to_string();
    return std::move(directory).value();
  }

  static CheckpointFile write(CheckpointDirectory& directory, const std::string& key,
                              std::string_view bytes) {
    auto file = directory.write_file(key, bytes);
    EXPECT_TRUE(file.ok()) << file.status().to_string();
    return file.value();
  }

  /// Commits an epoch of one file of its own, which says the number.
  static Epoch commit(CheckpointDirectory& directory, std::uint64_t number) {
    std::string bytes = "state " + std::to_string(number);
    Epoch epoch{number, "plan", {write(directory, "state", bytes)}};
    Status committed = directory.commit(epoch);
    EXPECT_TRUE(committed.ok()) << committed.to_string();
    return epoch;
  }

  /// Changes a byte of a file.
  void damage(const std::string& name, std::size_t at) {
    std::string bytes = directory_.read("app/" + name);
    bytes.at(at) ^= 1;
    directory_.write("app/" + name, bytes);
  }

  [[nodiscard]] Names names() const {
    Names names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  testing::TemporaryDirectory directory_;
  std::shared_ptr<FileSystem> files_ = std::make_shared<LocalFileSystem>();
  VirtualClock clock_{Time::from_millis(1'000)};
  const std::string path_ = directory_.path("app");
};

TEST_F(CheckpointDirectoryTest, HasNoEpochAtFirst) {
  EXPECT_EQ(open()->latest().value(), std::nullopt);
}

TEST_F(CheckpointDirectoryTest, GivesTheEpochThatWasCommittedLast) {
  auto directory = open();
  commit(*directory, 7);
  Epoch epoch{8,
              std::string("any\0bytes", 9),
              {write(*directory, "sums", "1 2 3"), write(*directory, "", "")}};
  ASSERT_TRUE(directory->commit(epoch).ok());
  EXPECT_EQ(directory->latest().value(), epoch);
  directory.reset();

  directory = open();
  EXPECT_EQ(directory->latest().value(), epoch);
  EXPECT_EQ(directory->read_file(epoch.files[0]).value(), "1 2 3");
  EXPECT_EQ(directory->read_file(epoch.files[1]).value(), "");
  EXPECT_TRUE(directory->verify(epoch).ok());
}

TEST_F(CheckpointDirectoryTest, AFileMayBeListedAgainInLaterEpochs) {
  auto directory = open();
  auto old = write(*directory, "old", "sealed");
  for (std::uint64_t number = 1; number <= 5; ++number) {
    auto fresh = write(*directory, "new", std::to_string(number));
    ASSERT_TRUE(directory->commit({number, "", {old, fresh}}).ok());
  }
  directory.reset();

  directory = open();
  auto latest = directory->latest().value();
  ASSERT_TRUE(latest);
  EXPECT_EQ(directory->read_file(latest->files[0]).value(), "sealed");
  EXPECT_EQ(directory->read_file(latest->files[1]).value(), "5");
}

TEST_F(CheckpointDirectoryTest, KeepsTwoEpochsAndNoOtherFiles) {
  auto directory = open();
  for (std::uint64_t number = 1; number <= 4; ++number) {
    write(*directory, "not listed", "x");
    commit(*directory, number);
  }

  EXPECT_EQ(names(), (Names{"LOCK", "MANIFEST-" + zeros + "03", "MANIFEST-" + zeros + "04",
                            "data-" + zeros + "06", "data-" + zeros + "08"}));
}

TEST_F(CheckpointDirectoryTest, WhatCrashedAttemptsLeftIsRemoved) {
  auto directory = open();
  auto epoch = commit(*directory, 1);
  write(*directory, "state", "of an epoch that was never committed");
  directory.reset();
  directory_.write("app/MANIFEST-" + zeros + "02.part", "half");
  directory_.write("app/notes.txt", "not ours");

  directory = open();
  EXPECT_EQ(names(),
            (Names{"LOCK", "MANIFEST-" + zeros + "01", "data-" + zeros + "01", "notes.txt"}));
  EXPECT_EQ(directory->latest().value(), epoch);
}

TEST_F(CheckpointDirectoryTest, AnAbandonedEpochLeavesNothing) {
  auto directory = open();
  commit(*directory, 1);
  const Names before = names();
  write(*directory, "state", "x");
  directory->abandon();

  EXPECT_EQ(names(), before);
  commit(*directory, 2);
}

TEST_F(CheckpointDirectoryTest, RefusesANumberThatIsNotAboveTheLatest) {
  auto directory = open();
  commit(*directory, 7);
  auto file = write(*directory, "state", "x");

  EXPECT_EQ(directory->commit({7, "", {file}}).to_string(),
            "invalid_argument: checkpoint epoch 7: its number must be above that of the latest, 7");
  commit(*directory, 8);
}

TEST_F(CheckpointDirectoryTest, RefusesAFileThatIsNotItsOwn) {
  auto directory = open();
  auto first = commit(*directory, 1).files[0];
  commit(*directory, 2);
  commit(*directory, 3);
  auto changed = write(*directory, "state", "x");
  changed.crc32c ^= 1;

  EXPECT_EQ(directory->commit({4, "", {changed}}).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(directory->commit({4, "", {first}}).to_string(),
            "invalid_argument: checkpoint epoch 4: file \"data-" + zeros +
                "01\" with key \"state\" was not written since the last commit and is in neither "
                "of the epochs kept");
  EXPECT_EQ(directory->latest().value()->number, 3U);
}

TEST_F(CheckpointDirectoryTest, GoesBackOneEpochWhenTheLatestIsDamaged) {
  struct Damage {
    std::string name;
    std::function<void()> make;
    std::string said;
  };
  const std::string manifest = "MANIFEST-" + zeros + "02";
  const std::string data = "data-" + zeros + "02";
  for (const Damage& damage : std::vector<Damage>{
           {"a byte of the manifest", [&] { this->damage(manifest, 40); },
            "does not hold what was"},
           {"an empty manifest", [&] { directory_.write("app/" + manifest, ""); },
            "does not begin"},
           {"a short manifest",
            [&] {
              directory_.write("app/" + manifest, directory_.read("app/" + manifest).substr(0, 50));
            },
            "should go on for"},
           {"a missing file", [&] { std::filesystem::remove(path_ + "/" + data); }, "is missing"},
           {"a short file", [&] { directory_.write("app/" + data, "st"); },
            "has 2 bytes, 7 were written"}}) {
    std::filesystem::remove_all(path_);
    auto directory = open();
    auto first = commit(*directory, 1);
    commit(*directory, 2);
    directory.reset();
    damage.make();

    ::testing::internal::CaptureStderr();
    directory = open();
    std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(directory->latest().value(), first) << damage.name;
    EXPECT_NE(said.find("checkpoint can't be used: epoch 2 ("), std::string::npos) << said;
    EXPECT_NE(said.find(damage.said), std::string::npos) << said;
    EXPECT_NE(said.find("; the latest is epoch 1 in " + path_), std::string::npos) << said;

    auto again = commit(*directory, 2);
    directory.reset();
    directory = open();
    EXPECT_EQ(directory->latest().value(), again) << damage.name;
    EXPECT_EQ(names().size(), 5U) << damage.name;
  }
}

TEST_F(CheckpointDirectoryTest, ADamagedFileIsFoundWhenReadAndItsEpochCanBeRejected) {
  auto directory = open();
  auto first = commit(*directory, 1);
  auto second = commit(*directory, 2);
  damage(second.files[0].name, 3);

  Status failure = directory->verify(second);
  EXPECT_EQ(failure.to_string(),
            "data_loss: checkpoint file \"state\" does not hold the 7 bytes that were written: " +
                path_ + "/data-" + zeros + "02");
  ::testing::internal::CaptureStderr();
  directory->reject_latest(failure);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("does not hold the 7 bytes"),
            std::string::npos);
  EXPECT_EQ(directory->latest().value(), first);
  auto again = commit(*directory, 2);
  EXPECT_TRUE(directory->verify(again).ok());
}

TEST_F(CheckpointDirectoryTest, NeverStartsFromNothingWhereThereWereEpochs) {
  auto directory = open();
  commit(*directory, 1);
  commit(*directory, 2);
  directory.reset();
  damage("MANIFEST-" + zeros + "02", 40);
  std::filesystem::remove(path_ + "/data-" + zeros + "01");
  const Names before = names();

  directory = open();
  const std::string loss = directory->latest().status().to_string();
  EXPECT_EQ(loss, "data_loss: no epoch of the checkpoint directory can be used: " + path_ +
                      ": epoch 2 (checkpoint manifest does not hold what was written: " + path_ +
                      "/MANIFEST-" + zeros +
                      "02); epoch 1 (checkpoint file \"state\" is missing: " + path_ + "/data-" +
                      zeros +
                      "01); bring its files back from a copy, or give an empty directory to start "
                      "anew");
  EXPECT_EQ(directory->write_file("state", "x").status().to_string(), loss);
  EXPECT_EQ(directory->commit({3, "", {}}).to_string(), loss);
  EXPECT_EQ(names(), before);
}

TEST_F(CheckpointDirectoryTest, RejectingTheOnlyEpochIsLoss) {
  auto directory = open();
  commit(*directory, 1);
  directory->reject_latest(Status(ErrorCode::data_loss, "sums are wrong"));

  EXPECT_EQ(directory->latest().status().code(), ErrorCode::data_loss);
  EXPECT_NE(directory->latest().status().message().find("epoch 1 (sums are wrong)"),
            std::string::npos);
}

TEST_F(CheckpointDirectoryTest, RefusesANewerVersionAndDoesNotGoBack) {
  auto directory = open();
  commit(*directory, 1);
  commit(*directory, 2);
  directory.reset();
  const std::string name = "app/MANIFEST-" + zeros + "02";
  std::string bytes = directory_.read(name);
  Encoder out;
  out.put_bytes(bytes.substr(0, 8));
  out.put_number<std::uint32_t>(2);
  out.put_bytes(bytes.substr(12, 12));
  out.put_number(extend_crc32c(crc32c(out.bytes()), bytes.substr(28)));
  directory_.write(name, out.bytes() + bytes.substr(28));
  const Names before = names();

  directory = open();
  EXPECT_EQ(
      directory->latest().status().to_string(),
      "unsupported: checkpoint of version 2, this program reads up to 1: " + directory_.path(name));
  EXPECT_EQ(directory->commit({3, "", {}}).code(), ErrorCode::unsupported);
  EXPECT_EQ(names(), before);
}

TEST_F(CheckpointDirectoryTest, KeepsASecondProgramOutAndSaysWhoIsThere) {
  auto directory = open();

  auto second = CheckpointDirectory::open(files_, path_, "other", clock_);
  std::string refusal = second.status().to_string();
  EXPECT_TRUE(refusal.starts_with("unavailable: file is locked: " + path_ +
                                  "/LOCK; held by application \"tide tables\", process " +
                                  std::to_string(::getpid()) + " on host "))
      << refusal;
  EXPECT_TRUE(
      refusal.ends_with(", since 1970-01-01 00:00:01.000 UTC; stop that program, or use "
                        "another directory"))
      << refusal;
  directory.reset();
  open();
}

TEST_F(CheckpointDirectoryTest, RefusesADirectoryThatOthersMayWrite) {
  open();
  for (mode_t mode : {0775, 0757}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(try_open().status().to_string(),
              "invalid_argument: checkpoint directory may be written by group or others: " + path_ +
                  "; what lies there is believed when a program recovers, so only its owner may: "
                  "chmod go-w " +
                  path_);
  }
}

TEST_F(CheckpointDirectoryTest, FilesAreWrittenAndReadByManyThreads) {
  auto directory = open();
  std::vector<std::vector<CheckpointFile>> written(4);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < written.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 10; ++i) {
        std::string bytes = std::to_string(thread) + "/" + std::to_string(i);
        written[thread].push_back(directory->write_file(bytes, bytes).value());
        EXPECT_EQ(directory->read_file(written[thread].back()).value(), bytes);
      }
    });
  }
  Epoch epoch{1, "", {}};
  for (std::size_t thread = 0; thread < written.size(); ++thread) {
    threads[thread].join();
    epoch.files.insert(epoch.files.end(), written[thread].begin(), written[thread].end());
  }

  ASSERT_TRUE(directory->commit(epoch).ok());
  directory.reset();
  directory = open();
  EXPECT_EQ(directory->latest().value(), epoch);
  for (const auto& file : epoch.files) EXPECT_EQ(directory->read_file(file).value(), file.key);
}

TEST_F(CheckpointDirectoryTest, ReadsNoFileOutsideOfItself) {
  directory_.write("secret", "x");
  EXPECT_EQ(open()->read_file({"state", "../secret", 1, crc32c("x")}).status().code(),
            ErrorCode::invalid_argument);
}

TEST_F(CheckpointDirectoryTest, HasTheBytesThatItsFormatDescribes) {
  auto directory = open();
  ASSERT_TRUE(directory->commit({42, "plan", {write(*directory, "sums", "flood")}}).ok());
  std::string hex;
  for (unsigned char byte : directory_.read("app/MANIFEST-" + zeros + "42")) {
    char digits[4];
    std::snprintf(digits, sizeof digits, "%02X ", byte);
    hex += digits;
  }
  // docs/formats/checkpoint.md has these bytes.
  EXPECT_EQ(hex,
            "54 48 57 47 43 4B 50 31 01 00 00 00 00 00 00 00 39 00 00 00 00 00 00 00 C3 AE DF 47 "
            "2A 00 00 00 00 00 00 00 04 70 6C 61 6E 01 04 73 75 6D 73 "
            "19 64 61 74 61 2D 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 31 "
            "05 00 00 00 00 00 00 00 BA DB 30 A3 ");
}

}  // namespace
}  // namespace thalweg
