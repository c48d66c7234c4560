// SPDX-License-Identifier: Apache-2.0
//
// A whole streaming program on storage that fails: running totals and a sliding window,
// checkpoints, and exactly-once files, all on files in memory. Whatever call fails, once or for
// good, and whether or not the power goes with it, the program goes on or stops with the reason,
// nobody ever sees a wrong row, and once storage is well again the output is what it would have
// been.

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "locked_files.h"
#include "thalweg/common/log.h"
#include "thalweg/testing/batches.h"

namespace thalweg {
namespace {

using testing::BatchCounter;
using testing::FaultyFiles;
using testing::FileFault;
using testing::FileOperation;
using testing::LockedFiles;
using namespace std::chrono_literals;

using Count = std::pair<std::string, int>;
using Rows = std::map<std::string, int>;  ///< How often each is there.

constexpr int batches_first = 4;  ///< In the life that meets the fault.
constexpr int batches_last = 6;   ///< In the one that follows.
constexpr int window_batches = 3;

/// What the i-th batch has, from 1.
std::vector<Count> given(int i) { return {{"a", 1}, {"b" + std::to_string(i % 3), i}}; }

testing::GivenBatches<Count> all_given() {
  testing::GivenBatches<Count> batches;
  for (int i = 1; i <= batches_last; ++i) batches.emplace_back(given(i));
  return batches;
}

std::string line_of(const std::string& kind, int second, const Count& row) {
  return kind + " " + std::to_string(second) + " " + row.first + " " + std::to_string(row.second) +
         "\n";
}

/// What should be there: computed batch by batch, without the engine.
Rows expected_rows() {
  Rows rows;
  std::map<std::string, int> totals;
  for (int i = 1; i <= batches_last; ++i) {
    for (const auto& [key, value] : given(i)) totals[key] += value;
    for (const auto& row : totals) ++rows[line_of("total", i, row)];
    std::map<std::string, int> window;
    for (int k = std::max(1, i - window_batches + 1); k <= i; ++k) {
      for (const auto& [key, value] : given(k)) window[key] += value;
    }
    for (const auto& row : window) ++rows[line_of("window", i, row)];
  }
  return rows;
}

/// The lines that a reader sees.
Rows visible_rows(FaultyFiles& files) {
  Rows rows;
  for (const auto& [path, bytes] : files.files()) {
    if (path.find("/part-") == path.npos || path.find("_thalweg") != path.npos) continue;
    for (std::size_t begin = 0; begin < bytes.size();) {
      std::size_t end = std::min(bytes.find('\n', begin), bytes.size() - 1) + 1;
      ++rows[bytes.substr(begin, end - begin)];
      begin = end;
    }
  }
  return rows;
}

void write(const DStream<Count>& counts, const std::string& kind) {
  counts
      .transform([kind](const RDD<Count>& rdd, Time time) {
        int second = static_cast<int>(time.micros() / 1'000'000);
        return rdd.map([kind, second](const Count& row) {
          std::string line = line_of(kind, second, row);
          line.pop_back();
          return line;
        });
      })
      .write_to("files", {{"path", "faulty://out/" + kind}});
}

/// A run of the program.
struct Life {
  bool started = false;
  std::string failure;  ///< Empty where all went well.
};

/// Runs the batches up to the one at `end` seconds on a clock that shows `begin`.
Life run(const std::shared_ptr<FaultyFiles>& files, int begin, int end) {
  VirtualClock clock(Time(Duration(1s) * begin));
  SessionOptions options;
  options.clock = &clock;
  Session session("local[2]", "storage faults", options);
  session.files().add("faulty", std::make_shared<LockedFiles>(files));
  StreamingOptions streaming;
  streaming.handle_signals = false;
  Life life;
  try {
    StreamingContext context(session, 1s, streaming);
    auto counter = std::make_shared<BatchCounter>();
    context.add_listener(counter);
    // Every batch ends in an epoch.
    context.checkpoint("faulty://c", {.checkpoint_interval = Duration(0)});
    auto words = context.input<Count>(
        std::make_shared<testing::GivenNode<Count>>(context.graph(), all_given(), 2));
    write(words.update_state_by_key<int>(
              [](const std::vector<int>& values, std::optional<int> state) {
                int sum = state.value_or(0);
                for (int value : values) sum += value;
                return std::optional<int>(sum);
              }),
          "total");
    write(
        words.reduce_by_key_and_window(std::plus<>(), std::minus<>(), Duration(1s) * window_batches,
                                       1s, 0, [](const Count& row) { return row.second != 0; }),
        "window");
    context.start();
    life.started = true;
    std::thread watcher([&] {
      try {
        context.await_termination();
      } catch (const Error& error) {
        life.failure = error.what();
      }
      counter->give_up();
    });
    for (int second = begin; second < end; ++second) clock.advance(1s);
    const Time last(Duration(1s) * end);
    for (std::size_t seen = 0;; ++seen) {
      auto reports = counter->reports();
      if (!reports.empty() && reports.back().batch_time >= last) break;
      counter->wait_for(reports.size() + 1);
      if (counter->reports().size() == reports.size()) break;  // It gave up.
    }
    context.stop(true);
    watcher.join();
  } catch (const Error& error) {
    life.failure = error.what();
  }
  return life;
}

/// Nothing but what should be there is there, and that once.
void expect_no_wrong_row(FaultyFiles& files, const Rows& expected) {
  for (const auto& [row, count] : visible_rows(files)) {
    ASSERT_TRUE(expected.contains(row)) << row;
    ASSERT_EQ(count, 1) << row;
  }
}

/// A run from `begin` on, on storage that is well again, makes the output what it should be.
void expect_recovery(const std::shared_ptr<FaultyFiles>& disk, int begin, const Rows& expected) {
  expect_no_wrong_row(*disk, expected);
  Life life = run(disk, begin, batches_last);
  EXPECT_EQ(life.failure, "");
  EXPECT_EQ(visible_rows(*disk), expected);
}

struct Counts {
  int faults = 0;
  int survived = 0;  ///< The program went on.
  int stopped = 0;   ///< It said why.
  int recoveries = 0;
};

/// Injects `fault` at its first call, its second and so on, until there are no more. Each time a
/// program runs from `begin` to `end` on what `disk()` gives, and another after it.
template <typename Disk>
void run_with_faults(FileFault fault, const Disk& disk, int begin, int end, const Rows& expected,
                     Counts& counts) {
  for (;; ++fault.at) {
    std::shared_ptr<FaultyFiles> files = disk(fault.at);
    files->inject(fault);
    Life life = run(files, begin, end);
    if (!files->fault_happened()) return;
    ++counts.faults;
    SCOPED_TRACE("call " + std::to_string(fault.at) + (fault.for_good ? " for good" : " once") +
                 ": " + life.failure);
    if (life.failure.empty()) {
      ++counts.survived;
    } else {
      ++counts.stopped;
      EXPECT_NE(life.failure.find(fault.failure.message()), std::string::npos) << life.failure;
    }
    // A program that could not even begin begins anew, at the same time.
    const int next = life.started ? end : begin;
    for (std::uint64_t seed : {fault.at, fault.at + 1}) {
      SCOPED_TRACE("power cut " + std::to_string(seed));
      expect_recovery(files->crash(seed), next, expected);
      ++counts.recoveries;
    }
    SCOPED_TRACE("without a power cut");
    files->heal();
    expect_recovery(files, next, expected);
    ++counts.recoveries;
    if (::testing::Test::HasFailure()) return;
  }
}

/// Once and for good.
template <typename Disk>
void run_with_all_faults(FileOperation operation, const Disk& disk, int begin, int end) {
  const Rows expected = expected_rows();
  Counts counts;
  for (bool for_good : {false, true}) {
    FileFault fault{.for_good = for_good, .only = operation};
    if (for_good) fault.failure = Status(ErrorCode::unavailable, "no space left on device");
    run_with_faults(fault, disk, begin, end, expected, counts);
    if (::testing::Test::HasFailure()) break;
  }
  std::printf(
      "faults injected: %d; the program went on after %d and stopped after %d; %d times "
      "it was run again, two thirds of them after a power cut\n",
      counts.faults, counts.survived, counts.stopped, counts.recoveries);
}

/// A disk on which a program has ended in the midst of its third batch: one output is written, the
/// other is not.
std::shared_ptr<FaultyFiles> interrupted() {
  auto files = std::make_shared<FaultyFiles>(1);
  EXPECT_EQ(run(files, 0, 2).failure, "");
  // The first one that a batch renames is a file of the first output.
  files->inject({.at = 3, .for_good = true, .only = FileOperation::rename});
  EXPECT_NE(run(files, 2, 3).failure, "");
  files->heal();
  return files;
}

class StreamingFaultsTest : public ::testing::TestWithParam<FileOperation> {
 protected:
  StreamingFaultsTest() { set_log_level(LogLevel::off); }
  ~StreamingFaultsTest() override { set_log_level(level_); }

 private:
  const LogLevel level_ = log_level();
};

std::string name_of(const ::testing::TestParamInfo<FileOperation>& info) {
  constexpr const char* names[] = {
      "open_read",        "open_write",     "append", "sync",     "close",
      "rename",           "list",           "read",   "describe", "remove",
      "make_directories", "sync_directory", "lock"};
  return names[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Operations, StreamingFaultsTest,
                         ::testing::Values(FileOperation::append, FileOperation::sync,
                                           FileOperation::close, FileOperation::rename,
                                           FileOperation::open_write, FileOperation::open_read,
                                           FileOperation::read, FileOperation::list,
                                           FileOperation::describe, FileOperation::remove,
                                           FileOperation::make_directories,
                                           FileOperation::sync_directory, FileOperation::lock),
                         name_of);

TEST_P(StreamingFaultsTest, TheOutputIsWhatItWouldHaveBeen) {
  auto empty = [](std::uint64_t seed) { return std::make_shared<FaultyFiles>(seed); };
  run_with_all_faults(GetParam(), empty, 0, batches_first);
}

TEST_P(StreamingFaultsTest, ARecoveryThatFailsIsMadeUpForByTheNext) {
  auto before = interrupted();
  auto copy = [&](std::uint64_t) { return before->crash(1); };
  run_with_all_faults(GetParam(), copy, 3, batches_first);
}

class StreamingDamageTest : public ::testing::Test {
 protected:
  StreamingDamageTest() { set_log_level(LogLevel::off); }
  ~StreamingDamageTest() override { set_log_level(level_); }

 private:
  const LogLevel level_ = log_level();
};

TEST_F(StreamingDamageTest, NoFlippedByteOfACheckpointMakesAWrongAnswer) {
  const Rows expected = expected_rows();
  auto before = interrupted();
  const auto whole = before->crash(1)->files();
  int flips = 0;
  int refused = 0;
  for (const auto& [path, bytes] : whole) {
    if (!path.starts_with("c/")) continue;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      SCOPED_TRACE(path + " at " + std::to_string(at));
      auto disk = before->crash(1);
      disk->files()[path][at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
      ++flips;
      Life life = run(disk, 3, batches_last);
      if (life.failure.empty()) {
        // The epoch before did as well, or the byte was of no account: a line for people.
        ASSERT_EQ(visible_rows(*disk), expected);
      } else {
        ++refused;
        expect_no_wrong_row(*disk, expected);
      }
      if (HasFatalFailure()) return;
    }
  }
  std::printf("bytes flipped: %d, of %zu files; refused %d, made up for %d, wrong answers 0\n",
              flips, whole.size(), refused, flips - refused);
  EXPECT_GT(flips, 1000);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace thalweg
