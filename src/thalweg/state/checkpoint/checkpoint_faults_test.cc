// SPDX-License-Identifier: Apache-2.0
//
// The checkpoint directory when files fail and the power goes: whatever call it is, what was
// committed is there after, and no epoch is ever half one and half another.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/log.h"
#include "thalweg/common/virtual_clock.h"
#include "thalweg/state/checkpoint/checkpoint_directory.h"
#include "thalweg/testing/faulty_files.h"

namespace thalweg {
namespace {

using testing::FaultyFiles;
using testing::FileFault;
using testing::FileOperation;
using Directory = std::unique_ptr<CheckpointDirectory>;

const std::string path = "/app/checkpoints";
constexpr std::uint64_t crash_seeds = 10;

Result<Directory> open(const std::shared_ptr<FaultyFiles>& files) {
  static VirtualClock clock(Time::from_millis(1'000));
  return CheckpointDirectory::open(files, path, "tide tables", clock);
}

/// What a program does when a call has failed: the next epoch is tried while calls still fail, or
/// when they do no more.
enum class AfterFailure { crash, go_on, heal_and_go_on };

/// A program that commits epochs, and what it has been told.
struct Program {
  struct Attempt {
    Epoch epoch;
    std::map<std::string, std::string> contents;  // By the files' keys.
  };
  std::vector<Attempt> attempts;
  // The numbers of the latest that was acknowledged, and of the one before.
  std::optional<std::uint64_t> committed;
  std::optional<std::uint64_t> committed_before;

  /// An epoch of the files of the one before, where there are, and two new ones.
  bool commit(CheckpointDirectory& directory) {
    auto before = directory.latest();
    if (!before.ok()) return false;
    Attempt attempt;
    attempt.epoch.metadata = "attempt " + std::to_string(attempts.size());
    if (before.value()) {
      attempt.epoch.number = before.value()->number + 1;
      attempt.epoch.files = before.value()->files;
      auto& files = attempt.epoch.files;
      if (files.size() > 2) files.erase(files.begin(), files.end() - 2);
    }
    for (int i = 0; i < 2; ++i) {
      std::string key = attempt.epoch.metadata + " file " + std::to_string(i);
      auto file = directory.write_file(key, "bytes of " + key);
      if (!file.ok()) {
        directory.abandon();
        return false;
      }
      attempt.epoch.files.push_back(file.value());
    }
    // One that failed is sometimes followed by a higher number, sometimes by the same.
    if (!attempts.empty() && attempts.size() % 2 == 0) {
      attempt.epoch.number = std::max(attempt.epoch.number, attempts.back().epoch.number + 1);
    }
    attempts.push_back(attempt);
    if (!directory.commit(attempt.epoch).ok()) return false;
    if (before.value()) committed_before = before.value()->number;
    committed = attempt.epoch.number;
    return true;
  }

  /// Commits six epochs, as two processes.
  bool run(const std::shared_ptr<FaultyFiles>& files, AfterFailure after_failure) {
    bool done = true;
    for (int start = 0; start < 2; ++start) {
      auto directory = open(files);
      if (!directory.ok() && after_failure != AfterFailure::crash) {
        if (after_failure == AfterFailure::heal_and_go_on) files->heal();
        directory = open(files);
      }
      if (!directory.ok()) return false;
      for (int i = 0; i < 3; ++i) {
        if (commit(*directory.value())) continue;
        done = false;
        if (after_failure == AfterFailure::crash) return false;
        if (after_failure == AfterFailure::go_on) continue;
        files->heal();
        EXPECT_TRUE(commit(*directory.value()));
      }
    }
    return done;
  }
};

/// Holds the latest epoch against what the program was told.
void expect_latest(CheckpointDirectory& directory, const Program& told) {
  auto latest = directory.latest();
  ASSERT_TRUE(latest.ok()) << latest.status().to_string();
  if (!latest.value()) {
    ASSERT_FALSE(told.committed);
    return;
  }
  const Epoch& epoch = *latest.value();
  if (told.committed) {
    ASSERT_GE(epoch.number, *told.committed);
  }
  auto attempt = std::find_if(told.attempts.begin(), told.attempts.end(),
                              [&](const auto& each) { return each.epoch == epoch; });
  ASSERT_NE(attempt, told.attempts.end()) << epoch.metadata;
  for (const auto& file : epoch.files) {
    auto bytes = directory.read_file(file);
    ASSERT_TRUE(bytes.ok()) << bytes.status().to_string();
    ASSERT_EQ(bytes.value(), "bytes of " + file.key);
  }
}

/// Gives up the latest epoch; the one that was committed before it must be as good.
void expect_the_one_before(CheckpointDirectory& directory, Program told) {
  auto latest = directory.latest();
  if (!latest.ok() || !latest.value() || latest.value()->number != told.committed) return;
  if (!told.committed_before) return;
  directory.reject_latest(Status(ErrorCode::data_loss, "given up by the test"));
  told.committed = told.committed_before;
  expect_latest(directory, told);
}

void expect_survival_of_power_cuts(const FaultyFiles& files, const Program& program) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    auto after = open(files.crash(seed));
    ASSERT_TRUE(after.ok()) << after.status().to_string();
    expect_latest(*after.value(), program);
    expect_the_one_before(*after.value(), program);
  }
}

/// A program goes on from what is there; what it then finds or commits survives the next power cut.
void expect_recovery(const std::shared_ptr<FaultyFiles>& files, Program program) {
  auto directory = open(files);
  ASSERT_TRUE(directory.ok()) << directory.status().to_string();
  expect_latest(*directory.value(), program);
  auto found = directory.value()->latest();
  if (!found.ok()) return;
  if (found.value() && found.value()->number != program.committed) {
    program.committed = found.value()->number;
    program.committed_before.reset();
  }
  for (int i = 0; i < 2; ++i) {
    expect_survival_of_power_cuts(*files, program);
    ASSERT_TRUE(program.commit(*directory.value()));
    expect_latest(*directory.value(), program);
  }
  // The lock, and of two epochs the manifests and four files each, of which two are shared.
  EXPECT_LE(files->files().size(), 1U + 2U + 6U);
}

/// Runs the program with a fault at call n = 1, 2, ... until none happens. After each run the
/// directory is opened twice: as programs see it, and as a power cut leaves it. Returns the runs.
int run_with_faults(FileFault fault, AfterFailure after_failure) {
  for (fault.at = 1;; ++fault.at) {
    SCOPED_TRACE("the fault is at call " + std::to_string(fault.at));
    auto files = std::make_shared<FaultyFiles>(fault.at);
    Program program;
    files->inject(fault);
    bool done = program.run(files, after_failure);
    bool happened = files->fault_happened();
    EXPECT_TRUE(happened || done);
    files->heal();
    for (std::uint64_t seed = 0; seed < crash_seeds; ++seed) {
      SCOPED_TRACE("power cut with seed " + std::to_string(seed));
      expect_recovery(files->crash(seed), program);
    }
    SCOPED_TRACE("without a power cut");
    expect_recovery(files, program);
    if (!happened || ::testing::Test::HasFailure()) return static_cast<int>(fault.at);
  }
}

class CheckpointFaultsTest : public ::testing::Test {
 protected:
  CheckpointFaultsTest() { set_log_level(LogLevel::error); }
  ~CheckpointFaultsTest() override { set_log_level(level_); }

 private:
  const LogLevel level_ = log_level();
};

TEST_F(CheckpointFaultsTest, WhatWasCommittedSurvivesAnyCallThatFailsOnce) {
  EXPECT_GT(run_with_faults({}, AfterFailure::heal_and_go_on), 100);
}

TEST_F(CheckpointFaultsTest, WhatWasCommittedSurvivesWhenAllCallsFailFromOneOn) {
  EXPECT_GT(run_with_faults({.for_good = true}, AfterFailure::crash), 100);
}

TEST_F(CheckpointFaultsTest, WhatWasCommittedSurvivesAJobThatGoesOnTrying) {
  EXPECT_GT(run_with_faults({.for_good = true}, AfterFailure::go_on), 100);
  EXPECT_GT(run_with_faults({.for_good = true}, AfterFailure::heal_and_go_on), 100);
}

TEST_F(CheckpointFaultsTest, WhatWasCommittedSurvivesEachKindOfFailure) {
  const Status full(ErrorCode::unavailable, "no space left on device");
  for (auto kind : {FileOperation::open_write, FileOperation::append, FileOperation::sync,
                    FileOperation::rename, FileOperation::remove, FileOperation::sync_directory,
                    FileOperation::close}) {
    for (bool for_good : {false, true}) {
      for (auto after_failure :
           {AfterFailure::crash, AfterFailure::go_on, AfterFailure::heal_and_go_on}) {
        FileFault fault{.for_good = for_good, .only = kind, .failure = full};
        EXPECT_GT(run_with_faults(fault, after_failure), 1) << static_cast<int>(kind);
      }
    }
  }
}

TEST_F(CheckpointFaultsTest, AFullDiskFailsAnEpochAndLeavesNothingOfIt) {
  auto files = std::make_shared<FaultyFiles>(1);
  auto directory = std::move(open(files)).value();
  Program program;
  ASSERT_TRUE(program.commit(*directory));
  const auto before = files->files();
  for (auto kind : {FileOperation::append, FileOperation::sync, FileOperation::rename}) {
    files->inject({.for_good = true,
                   .only = kind,
                   .failure = Status(ErrorCode::unavailable, "no space left on device")});
    EXPECT_FALSE(program.commit(*directory));
    EXPECT_EQ(files->files(), before);
    EXPECT_EQ(directory->latest().value()->number, *program.committed);
  }
  files->heal();
  EXPECT_TRUE(program.commit(*directory));
  expect_latest(*directory, program);
}

TEST_F(CheckpointFaultsTest, AReadThatFailsIsNotTakenForDamage) {
  auto files = std::make_shared<FaultyFiles>(1);
  Program program;
  {
    auto directory = std::move(open(files)).value();
    ASSERT_TRUE(program.commit(*directory) && program.commit(*directory));
  }
  const auto before = files->files();
  files->inject({.only = FileOperation::read});

  EXPECT_EQ(open(files).status().code(), ErrorCode::unavailable);
  EXPECT_EQ(files->files(), before);
  expect_latest(*open(files).value(), program);
}

TEST_F(CheckpointFaultsTest, AnEpochThatWasGivenUpDoesNotComeBackOverALowerNumber) {
  auto files = std::make_shared<FaultyFiles>(1);
  auto directory = std::move(open(files)).value();
  auto file = directory->write_file("tide", "low").value();
  ASSERT_TRUE(directory->commit({5, "", {file}}).ok());
  ASSERT_TRUE(directory->commit({10, "", {file}}).ok());
  directory->reject_latest(Status(ErrorCode::data_loss, "given up by the test"));
  files->inject({.at = 3, .only = FileOperation::sync_directory});
  ASSERT_TRUE(directory->commit({7, "", {file}}).ok());

  for (std::uint64_t seed = 0; seed < crash_seeds; ++seed) {
    EXPECT_EQ(open(files->crash(seed)).value()->latest().value()->number, 7U);
  }
}

TEST_F(CheckpointFaultsTest, AFailedEpochThatAPowerCutBringsBackIsWhole) {
  auto files = std::make_shared<FaultyFiles>(1);
  auto directory = std::move(open(files)).value();
  auto commit = [&](std::uint64_t number) {
    return directory->commit({number, "", {directory->write_file("tide", "low").value()}}).ok();
  };
  ASSERT_TRUE(commit(1));
  files->inject({.at = 2, .for_good = true, .only = FileOperation::sync_directory});
  ASSERT_FALSE(commit(2));

  set_log_level(LogLevel::warning);
  ::testing::internal::CaptureStderr();
  int brought_back = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    auto after = open(files->crash(seed)).value();
    Epoch latest = after->latest().value().value();
    EXPECT_TRUE(after->verify(latest).ok());
    brought_back += latest.number == 2 ? 1 : 0;
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_GT(brought_back, 0);
}

TEST_F(CheckpointFaultsTest, EveryFlippedByteIsNoticed) {
  auto files = std::make_shared<FaultyFiles>(1);
  Program program;
  {
    auto directory = std::move(open(files)).value();
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(program.commit(*directory));
    }
  }
  const Epoch& last = program.attempts[2].epoch;
  const Epoch& before = program.attempts[1].epoch;
  const auto whole = files->files();
  int flips = 0;
  for (const auto& [name, bytes] : whole) {
    if (name.ends_with("/LOCK")) continue;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (int flip : {0x01, 0x80, 0xFF}) {
        SCOPED_TRACE(name + " at " + std::to_string(at));
        ++flips;
        files->files() = whole;
        files->files()[name][at] = static_cast<char>(bytes[at] ^ flip);
        auto directory = std::move(open(files)).value();
        Epoch latest = directory->latest().value().value();
        ASSERT_TRUE(latest == last || latest == before);
        bool is_last_right = latest == last && directory->verify(last).ok();
        bool is_before_right = directory->verify(before).ok();
        // What is not noticed in reading the last is in what only the one before has.
        bool is_manifest = name.find("MANIFEST") != std::string::npos;
        ASSERT_TRUE(is_manifest || !is_last_right || !is_before_right);
        if (is_manifest) {
          ASSERT_EQ(latest == last, !name.ends_with("2"));
        }
        if (!is_last_right && latest == last) {
          directory->reject_latest(directory->verify(last));
          ASSERT_EQ(directory->latest().value().value(), before);
        }
      }
    }
  }
  EXPECT_GT(flips, 1000);
}

TEST_F(CheckpointFaultsTest, AFileCutAnywhereIsNoticedWhenOpened) {
  auto files = std::make_shared<FaultyFiles>(1);
  Program program;
  {
    auto directory = std::move(open(files)).value();
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(program.commit(*directory));
    }
  }
  const Epoch& last = program.attempts[2].epoch;
  const Epoch& before = program.attempts[1].epoch;
  const auto whole = files->files();
  auto lists = [](const Epoch& epoch, const std::string& name) {
    return std::any_of(epoch.files.begin(), epoch.files.end(),
                       [&](const auto& file) { return name.ends_with("/" + file.name); });
  };
  for (const auto& [name, bytes] : whole) {
    if (name.ends_with("/LOCK")) continue;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      SCOPED_TRACE(name + " cut to " + std::to_string(size));
      files->files() = whole;
      files->files()[name] = bytes.substr(0, size);
      auto latest = open(files).value()->latest();
      if (name.find("MANIFEST") != std::string::npos) {
        ASSERT_EQ(latest.value().value(), name.ends_with("2") ? before : last);
      } else if (lists(last, name) && lists(before, name)) {
        ASSERT_EQ(latest.status().code(), ErrorCode::data_loss);
      } else {
        ASSERT_EQ(latest.value().value(), lists(last, name) ? before : last);
      }
    }
  }
}

TEST_F(CheckpointFaultsTest, WhereFilesCanNotBeLockedAWarningIsLogged) {
  auto files = std::make_shared<testing::MemoryFiles>();
  VirtualClock clock(Time::from_millis(1'000));
  set_log_level(LogLevel::warning);
  for (bool second : {false, true}) {
    ::testing::internal::CaptureStderr();
    auto directory = CheckpointDirectory::open(files, path, "tide tables", clock);
    std::string said = ::testing::internal::GetCapturedStderr();

    ASSERT_TRUE(directory.ok()) << directory.status().to_string();
    EXPECT_NE(said.find("nothing keeps a second program out: " + path), std::string::npos) << said;
    EXPECT_EQ(said.find("; it was last used by application \"tide tables\", process ") !=
                  std::string::npos,
              second)
        << said;
  }
}

}  // namespace
}  // namespace thalweg
