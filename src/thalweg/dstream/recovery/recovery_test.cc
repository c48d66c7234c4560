// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/recovery/recovery.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/running_count.h"
#include "thalweg/testing/state_backends.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::Batches;
using testing::error_of;
using testing::running_count;
using testing::sorted;
using testing::TemporaryDirectory;
using testing::VirtualStreams;
using namespace std::chrono_literals;

using Count = std::pair<std::string, int>;

/// A word in each batch: "a" in all, and "b<i>" in the i-th.
testing::GivenBatches<Count> words(int count) {
  testing::GivenBatches<Count> batches;
  for (int i = 1; i <= count; ++i) {
    batches.emplace_back(std::vector<Count>{{"a", 1}, {"b" + std::to_string(i), 1}});
  }
  return batches;
}

struct Program {
  explicit Program(const std::string& directory, Time start, RecoveryOptions options = {},
                   const std::string& master = "local[2]")
      : streams(1s, {}, master, start) {
    streams.context().checkpoint(directory, std::move(options));
  }
  VirtualStreams streams;
};

class RecoveryTest : public testing::OnEachStateBackend {};
THALWEG_ON_EACH_STATE_BACKEND(RecoveryTest);

TEST_P(RecoveryTest, GoesOnWithStatesAndMissedBatches) {
  TemporaryDirectory directory;
  for (Duration interval : {Duration(0), Duration(2s), Duration(1h)}) {
    std::string path = directory.path(std::to_string(interval.count()));
    {
      Program first(path, Time(), {.checkpoint_interval = interval});
      auto counts = first.streams.given<Count>(words(9)).update_state_by_key<int>(running_count());
      first.streams.run(counts, 3);
    }
    Program second(path, Time(5s), {.checkpoint_interval = interval});
    auto counts = second.streams.given<Count>(words(9)).update_state_by_key<int>(running_count());
    auto batches = second.streams.collect(counts);

    // Batches 4 and 5 were missed, and 6 is made as the clock moves on.
    second.streams.start();
    second.streams.counter().wait_for(2);
    second.streams.clock().advance(1s);
    second.streams.counter().wait_for(3);

    ASSERT_FALSE(second.streams.failure()) << second.streams.failure()->message();
    ASSERT_GE(batches->size(), 3U);
    auto last = sorted(*batches).back();
    EXPECT_EQ(last.size(), 7U) << to_string(interval);
    EXPECT_EQ(last[0], Count("a", 6)) << to_string(interval);
  }
}

TEST_P(RecoveryTest, GoesOnInAnyNumberOfPartitions) {
  TemporaryDirectory directory;
  int batch = 0;
  for (int partitions : {2, 1, 7, 3}) {
    Program run(directory.path("c"), Time(Duration(1s) * batch));
    auto counts = run.streams.given<Count>(words(20)).update_state_by_key<int>(
        running_count(), {.partitions = partitions});
    auto last = sorted(run.streams.run(counts, 2)).back();
    batch += 2;
    EXPECT_EQ(last.size(), static_cast<std::size_t>(1 + batch)) << partitions;
    EXPECT_EQ(last[0], Count("a", batch)) << partitions;
  }
}

TEST_P(RecoveryTest, RunsABatchAgainThatHadFailedAndNoneAfterIt) {
  TemporaryDirectory directory;
  bool broken = true;
  auto run = [&](Time start, int count) {
    Program run(directory.path("c"), start);
    auto counts = run.streams.given<Count>(words(9)).update_state_by_key<int>(running_count());
    std::vector<std::int64_t> seen;
    counts.for_each_rdd([&](const RDD<Count>& rdd, Time time) {
      if (broken && time == Time(2s)) throw std::runtime_error("disk full");
      seen.push_back(time.micros() / 1'000'000);
      EXPECT_EQ(rdd.count(), 1 + time.micros() / 1'000'000);
    });
    run.streams.start();
    for (int i = 1; i <= count; ++i) {
      run.streams.clock().advance(1s);
    }
    run.streams.counter().wait_for(broken ? 2 : 3);
    return seen;
  };

  EXPECT_EQ(run(Time(), 2), (std::vector<std::int64_t>{1}));
  broken = false;
  EXPECT_EQ(run(Time(4s), 0), (std::vector<std::int64_t>{2, 3, 4}));
}

TEST_P(RecoveryTest, FindsStatesByName) {
  TemporaryDirectory directory;
  {
    Program first(directory.path("c"), Time(), {.checkpoint_interval = Duration(0)});
    auto given = first.streams.given<Count>(words(9));
    auto other =
        first.streams.collect(given.update_state_by_key<int>(running_count()).name("unrelated"));
    first.streams.run(given.update_state_by_key<int>(running_count()).name("counts"), 2);
  }
  Program second(directory.path("c"), Time(2s));
  auto given = second.streams.given<Count>(words(9));
  // The other way round, and one operator more.
  auto counts =
      second.streams.collect(given.update_state_by_key<int>(running_count()).name("counts"));
  auto fresh =
      second.streams.collect(given.update_state_by_key<int>(running_count()).name("fresh"));
  second.streams.run(given.update_state_by_key<int>(running_count()).name("unrelated"), 1);

  EXPECT_EQ(sorted(*counts)[0][0], Count("a", 3));
  EXPECT_EQ(sorted(*fresh)[0][0], Count("a", 1));
}

TEST_P(RecoveryTest, RefusesToGuessWhichStateBelongsToWhich) {
  TemporaryDirectory directory;
  {
    Program first(directory.path("c"), Time());
    first.streams.run(
        first.streams.given<Count>(words(9)).update_state_by_key<int>(running_count()), 1);
  }
  Program second(directory.path("c"), Time(1s));
  auto given = second.streams.given<Count>(words(9));
  second.streams.collect(given.update_state_by_key<int>(running_count()));
  second.streams.collect(given.update_state_by_key<int>(running_count()));

  std::string error = error_of([&] { second.streams.context().start(); });

  EXPECT_NE(error.find("in the checkpoint: update_state_by_key#0"), std::string::npos) << error;
  EXPECT_NE(error.find("update_state_by_key#1"), std::string::npos) << error;
  EXPECT_NE(error.find(".name("), std::string::npos) << error;
}

TEST_P(RecoveryTest, RefusesAnotherTypeOfState) {
  TemporaryDirectory directory;
  {
    Program first(directory.path("c"), Time());
    first.streams.run(
        first.streams.given<Count>(words(9)).update_state_by_key<int>(running_count()).name("n"),
        1);
  }
  Program second(directory.path("c"), Time(1s));
  second.streams.collect(
      second.streams.given<Count>(words(9))
          .update_state_by_key<double>([](const std::vector<int>&, std::optional<double>) {
            return std::optional<double>(1);
          })
          .name("n"));

  std::string error = error_of([&] { second.streams.context().start(); });

  EXPECT_NE(error.find("\"n\" has std::"), std::string::npos) << error;
  EXPECT_NE(error.find("-> double"), std::string::npos) << error;
  EXPECT_NE(error.find("-> int"), std::string::npos) << error;
}

TEST_P(RecoveryTest, RefusesAMissingOperatorUnlessToldToForgetIt) {
  TemporaryDirectory directory;
  {
    Program first(directory.path("c"), Time(), {.checkpoint_interval = Duration(0)});
    first.streams.run(
        first.streams.given<Count>(words(9)).update_state_by_key<int>(running_count()).name("n"),
        1);
  }
  {
    Program second(directory.path("c"), Time(1s));
    second.streams.collect(second.streams.given<Count>(words(9)));
    std::string error = error_of([&] { second.streams.context().start(); });
    EXPECT_NE(error.find("has the state of update_state_by_key \"n\" (2 keys)"), std::string::npos)
        << error;
  }
  Program third(directory.path("c"), Time(1s), {.forget_states = {"n"}});
  EXPECT_EQ(third.streams.run(third.streams.given<Count>(words(9)), 1).size(), 1U);
}

TEST_P(RecoveryTest, KeepsASecondProgramOut) {
  TemporaryDirectory directory;
  Program first(directory.path("c"), Time());
  first.streams.collect(first.streams.given<Count>(words(1)));
  first.streams.start();

  auto second = CheckpointDirectory::open(std::make_shared<LocalFileSystem>(), directory.path("c"),
                                          "second", first.streams.clock());

  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), ErrorCode::unavailable);
}

TEST_P(RecoveryTest, LetsAnotherContextGoOnOnceItHasStopped) {
  TemporaryDirectory directory;
  Program first(directory.path("c"), Time());
  auto counts = first.streams.given<Count>(words(9)).update_state_by_key<int>(running_count());
  first.streams.run(counts, 3);
  first.streams.context().stop();

  Program second(directory.path("c"), Time(3s));
  auto more = second.streams.given<Count>(words(9)).update_state_by_key<int>(running_count());
  auto last = sorted(second.streams.run(more, 1)).back();

  EXPECT_EQ(last[0], Count("a", 4));
}

TEST_P(RecoveryTest, GoesOnWithWindowsThatAreAddedToAndTakenFrom) {
  TemporaryDirectory directory;
  Batches<Count> expected;
  {
    VirtualStreams streams;
    auto window = streams.given<Count>(words(12)).reduce_by_key_and_window(
        std::plus<>(), std::minus<>(), 4s, 2s, 0, [](const Count& row) { return row.second != 0; });
    expected = sorted(streams.run(window, 12));
  }
  Batches<Count> found;
  int batch = 0;
  for (int step : {3, 1, 4, 4}) {
    Program run(directory.path("c"), Time(Duration(1s) * batch),
                {.checkpoint_interval = Duration(0)});
    auto window = run.streams.given<Count>(words(12)).reduce_by_key_and_window(
        std::plus<>(), std::minus<>(), 4s, 2s, 0, [](const Count& row) { return row.second != 0; });
    for (auto& each : sorted(run.streams.run(window, step))) found.push_back(each);
    batch += step;
  }

  EXPECT_EQ(found, expected);
}

TEST_P(RecoveryTest, KeepsTheStateOfAnOperatorThatHadNoBatchSinceTheRestart) {
  TemporaryDirectory directory;
  int batch = 0;
  std::vector<Count> last;
  // The slow operator has batches at 4, 8 and 12 s: none in the second run.
  for (int count : {5, 2, 5}) {
    Program run(directory.path("c"), Time(Duration(1s) * batch),
                {.checkpoint_interval = Duration(0)});
    auto given = run.streams.given<Count>(words(20));
    auto slow = run.streams.collect(
        given.window(4s, 4s).update_state_by_key<int>(running_count()).name("slow"));
    run.streams.run(given.update_state_by_key<int>(running_count()).name("fast"), count);
    batch += count;
    if (!slow->empty()) last = sorted(*slow).back();
  }

  ASSERT_EQ(last.size(), 13U);
  EXPECT_EQ(last[0], Count("a", 12));
}

/// Local files; those of states wait at a gate, or can't be written.
class GatedFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> open_write(const std::string& path) override {
    if (base_name(path).starts_with("data-")) {
      std::unique_lock lock(mutex_);
      ++arrived_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return open_; });
      if (failures_ > 0) {
        --failures_;
        return Status(ErrorCode::unavailable, "no space left on device: " + path);
      }
    }
    return local_.open_write(path);
  }
  Result<std::unique_ptr<ReadableFile>> open_read(const std::string& path) override {
    return local_.open_read(path);
  }
  Result<FileEntry> describe(const std::string& path) override { return local_.describe(path); }
  Result<std::vector<FileEntry>> list(const std::string& path) override {
    return local_.list(path);
  }
  Status rename(const std::string& source, const std::string& target) override {
    return local_.rename(source, target);
  }
  Status remove(const std::string& path) override { return local_.remove(path); }
  Status make_directories(const std::string& path) override {
    return local_.make_directories(path);
  }
  Status sync_directory(const std::string& path) override { return local_.sync_directory(path); }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                         std::string_view holder) override {
    return local_.lock(path, holder);
  }

  void close_gate() { set(false); }
  void open_gate() { set(true); }
  /// The next files of states can't be written.
  void fail(int count) {
    std::lock_guard lock(mutex_);
    failures_ = count;
  }
  void wait_for_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ > 0; });
  }

 private:
  void set(bool open) {
    std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

  LocalFileSystem local_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int failures_ = 0;
  int arrived_ = 0;
};

/// What a run that goes on after `batches` finds in its first batch.
std::vector<Count> next_batch(const TemporaryDirectory& directory, int batches) {
  Program next(directory.path("c"), Time(Duration(1s) * batches));
  auto counts = next.streams.given<Count>(words(20)).update_state_by_key<int>(running_count());
  return sorted(next.streams.run(counts, 1)).back();
}

TEST_P(RecoveryTest, WritesStatesWhileLaterBatchesRun) {
  TemporaryDirectory directory;
  auto files = std::make_shared<GatedFiles>();
  {
    Program first("gated://" + directory.path("c"), Time(), {.checkpoint_interval = 2s});
    first.streams.session().files().add("gated", files);
    files->close_gate();
    auto counts = first.streams.given<Count>(words(20)).update_state_by_key<int>(running_count());

    // The second batch begins a checkpoint, which gets no further than the gate.
    auto batches = first.streams.run(counts, 3);
    files->wait_for_arrival();
    EXPECT_EQ(sorted(batches).back().size(), 4U);
    files->open_gate();
  }

  auto found = next_batch(directory, 3);

  EXPECT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0], Count("a", 4));
}

TEST_P(RecoveryTest, WritesEverythingAgainAfterStatesCouldNotBeWritten) {
  TemporaryDirectory directory;
  auto files = std::make_shared<GatedFiles>();
  {
    Program first("gated://" + directory.path("c"), Time(), {.checkpoint_interval = Duration(0)});
    first.streams.session().files().add("gated", files);
    auto counts = first.streams.collect(
        first.streams.given<Count>(words(20)).update_state_by_key<int>(running_count()));
    first.streams.run_batches(2);
    files->fail(2);
    first.streams.run_batches(3);
    EXPECT_FALSE(first.streams.failure());
    first.streams.context().stop(true);
  }

  auto found = next_batch(directory, 5);

  EXPECT_EQ(found.size(), 7U);
  EXPECT_EQ(found[0], Count("a", 6));
}

TEST_P(RecoveryTest, HasTheLastBatchInTheCheckpointOfAGracefulStop) {
  TemporaryDirectory directory;
  auto files = std::make_shared<GatedFiles>();
  Program first("gated://" + directory.path("c"), Time(), {.checkpoint_interval = 2s});
  first.streams.session().files().add("gated", files);
  first.streams.collect(
      first.streams.given<Count>(words(20)).update_state_by_key<int>(running_count()));
  files->close_gate();
  first.streams.run_batches(3);
  files->wait_for_arrival();

  std::thread stopper([&] { first.streams.context().stop(true); });
  files->open_gate();
  stopper.join();

  // Nothing is left to be made again.
  auto epochs = CheckpointDirectory::open(std::make_shared<LocalFileSystem>(), directory.path("c"),
                                          "reader", first.streams.clock());
  ASSERT_TRUE(epochs.ok()) << epochs.status().message();
  auto latest = epochs.value()->latest();
  ASSERT_TRUE(latest.ok() && latest.value());
  auto content = CheckpointContent::decode(latest.value()->metadata);
  ASSERT_TRUE(content.ok());
  EXPECT_EQ(content.value().completed, Time(3s));
  ASSERT_EQ(content.value().states.size(), 1U);
  EXPECT_EQ(content.value().states[0].keys, 4U);
}

}  // namespace
}  // namespace thalweg
