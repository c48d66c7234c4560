// SPDX-License-Identifier: Apache-2.0
//
// Files as a planned source, through a whole context.
#include <gtest/gtest.h>

#include "thalweg/common/fields.h"
#include "thalweg/dstream/nodes/planned_input.h"
#include "thalweg/runtime/dead_letters.h"
#include "thalweg/testing/batches.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using Texts = testing::Batches<std::string>;
using testing::sorted;
using testing::TemporaryDirectory;
using testing::VirtualStreams;

/// A program that reads a directory, and fails at batch `fails_at` (from 1 on, of its own).
class Program {
 public:
  Program(const TemporaryDirectory& directory, Time start, RecoveryOptions recovery,
          OptionTexts options = {}, int fails_at = 0)
      : streams_(1s, {}, "local[2]", start) {
    streams_.context().checkpoint(directory.path("c"), std::move(recovery));
    options.emplace("path", directory.path("in"));
    auto lines = streams_.context().direct_stream<std::string_view>("files", std::move(options));
    lines.for_each_rdd([this, fails_at](const RDD<std::string_view>& rdd) {
      auto rows = rdd.collect();
      if (++runs_ == fails_at) throw std::runtime_error("killed");
      batches_.push_back(std::move(rows));
    });
  }

  /// Moves on by `steps` batches and waits until there are `count` in all.
  void run(int steps, std::size_t count) {
    streams_.start();
    for (int i = 0; i < steps; ++i) {
      streams_.clock().advance(1s);
      streams_.counter().wait_for(count - static_cast<std::size_t>(steps - 1 - i));
    }
    streams_.counter().wait_for(count);
  }
  VirtualStreams& streams() { return streams_; }
  [[nodiscard]] Texts batches() const { return batches_; }

 private:
  VirtualStreams streams_;
  int runs_ = 0;
  Texts batches_;
};

TEST(PlannedFilesTest, ReadsEachFileInOneBatch) {
  TemporaryDirectory directory;
  directory.write("in/a", "1\n2\n");
  VirtualStreams streams;
  auto lines =
      streams.context().stream<std::string_view>("files", {{"path", directory.path("in")}});
  auto batches = streams.collect(lines);

  streams.run_batches(2);
  directory.write("in/b", "3\n");
  streams.run_batches(2);

  EXPECT_EQ(streams.failure(), std::nullopt);
  EXPECT_EQ(*batches, (Texts{{"1", "2"}, {}, {"3"}, {}}));
}

TEST(PlannedFilesTest, ReadsABatchAgainForWindows) {
  TemporaryDirectory directory;
  directory.write("in/a", "1\n");
  directory.write("in/b", "2\n");
  VirtualStreams streams;
  auto lines = streams.context().direct_stream<std::string_view>(
      "files",
      {{"path", directory.path("in")}, {"maxFilesPerTrigger", "1"}, {"cleanSource", "delete"}});

  EXPECT_EQ(sorted(streams.run(lines.window(3s, 1s), 10)),
            (Texts{{"1"}, {"1", "2"}, {"1", "2"}, {"2"}, {}, {}, {}, {}, {}, {}}));
  EXPECT_EQ(directory.file_count(), 0);
}

TEST(PlannedFilesTest, EndsWhenAllFilesAreRead) {
  TemporaryDirectory directory;
  for (int i = 0; i < 3; ++i) directory.write("in/" + std::to_string(i), "x\n");
  VirtualStreams streams;
  auto lines = streams.context().direct_stream<std::string_view>(
      "files", {{"path", directory.path("in")}, {"maxFilesPerTrigger", "2"}});
  streams.context().stop_at_end();
  auto batches = streams.collect(lines);
  streams.run_batches(3);

  EXPECT_TRUE(streams.context().await_termination_or_timeout(1h));
  EXPECT_EQ(*batches, (Texts{{"x", "x"}, {"x"}, {}}));
}

// proves: files: back-pressure
TEST(PlannedFilesTest, ABacklogWaitsInItsDirectoryUntilBatchesHaveRoomForIt) {
  TemporaryDirectory directory;
  for (int i = 0; i < 5; ++i) directory.write("in/" + std::to_string(i), "x\n");
  VirtualStreams streams;
  auto lines = streams.context().direct_stream<std::string_view>(
      "files",
      {{"path", directory.path("in")}, {"maxBytesPerTrigger", "4"}, {"cleanSource", "delete"}});
  auto batches = streams.collect(lines);

  streams.run_batches(1);
  EXPECT_EQ(*batches, (Texts{{"x", "x"}}));
  EXPECT_GE(directory.file_count(), 3) << "what no batch has taken is where it was";
  streams.run_batches(5);

  EXPECT_EQ(*batches, (Texts{{"x", "x"}, {"x", "x"}, {"x"}, {}, {}, {}}));
  EXPECT_EQ(directory.file_count(), 0);
}

TEST(PlannedFilesTest, MakesABatchAgainWithTheFilesItWasPlannedWith) {
  for (Duration interval : {Duration(0), Duration(1h)}) {
    TemporaryDirectory directory;
    directory.write("in/a", "a\n");
    {
      Program first(directory, Time(), {.checkpoint_interval = interval}, {}, 2);
      first.run(1, 1);
      directory.write("in/b", "b\n");
      first.run(1, 2);
      EXPECT_EQ(first.batches(), (Texts{{"a"}}));
    }
    directory.write("in/c", "c\n");
    Program second(directory, Time(2s), {.checkpoint_interval = interval});
    second.run(1, 2);

    EXPECT_EQ(second.streams().failure(), std::nullopt);
    EXPECT_EQ(second.batches(), (Texts{{"b"}, {"c"}})) << to_string(interval);
  }
}

TEST(PlannedFilesTest, RemembersAllFilesOverManyRestarts) {
  for (Duration interval : {Duration(0), Duration(2s), Duration(1h)}) {
    TemporaryDirectory directory;
    Texts all;
    for (int i = 0; i < 8; ++i) {
      directory.write("in/" + std::to_string(i), std::to_string(i) + "\n");
      Program program(directory, Time(Duration(1s) * (2 * i)), {.checkpoint_interval = interval});
      program.run(2, 2);
      EXPECT_EQ(program.streams().failure(), std::nullopt);
      for (const auto& batch : program.batches()) {
        if (!batch.empty()) all.push_back(batch);
      }
    }
    EXPECT_EQ(all, (Texts{{"0"}, {"1"}, {"2"}, {"3"}, {"4"}, {"5"}, {"6"}, {"7"}}))
        << to_string(interval);
  }
}

TEST(PlannedFilesTest, KeepsFilesUntilNoCheckpointNeedsThem) {
  TemporaryDirectory directory;
  directory.write("in/a", "a\n");
  Program program(directory, Time(), {.checkpoint_interval = 0s}, {{"cleanSource", "delete"}});
  program.run(1, 1);
  EXPECT_EQ(directory.read("in/a"), "a\n");
  program.run(3, 4);

  EXPECT_EQ(directory.read("in/a"), "");
  EXPECT_EQ(program.batches(), (Texts{{"a"}, {}, {}, {}}));
}

struct Visit {
  std::int32_t user = 0;
  std::optional<std::string_view> page;
};
THALWEG_FIELDS(Visit, user, page)

// proves: files: round trip; files: malformed; files: metrics
TEST(PlannedFilesTest, ReadsTheParquetThatAnotherStreamWroteAndSetsTheRestAside) {
  TemporaryDirectory directory;
  {
    VirtualStreams streams;
    streams.given<Visit>({{{1, "home"}, {2, std::nullopt}}, {{3, "cart"}}})
        .write_to("files", {{"path", directory.path("in")}, {"format", "parquet"}});
    streams.run_batches(2);
    ASSERT_EQ(streams.failure(), std::nullopt);
  }
  directory.write("in/z.parquet", "no Parquet");
  VirtualStreams streams;
  auto visits = streams.context().direct_stream<Visit>(
      "files", {{"path", directory.path("in")}, {"format", "parquet"}});
  auto rows = streams.run(visits.map([](const Visit& visit) {
    return std::pair(visit.user, std::string(visit.page.value_or("none")));
  }),
                          1);

  std::sort(rows[0].begin(), rows[0].end());
  EXPECT_EQ(rows, (testing::Batches<std::pair<std::int32_t, std::string>>{
                      {{1, "home"}, {2, "none"}, {3, "cart"}}}));
  EXPECT_EQ(streams.session().records_read(), 3);
  EXPECT_EQ(streams.session().dead_letters().count(), 1);
  auto letters = streams.session().dead_letters().latest();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].bytes, "no Parquet");
  EXPECT_NE(letters[0].position.find("/in/z.parquet;size=10;"), std::string::npos)
      << letters[0].position;
}

TEST(PlannedFilesTest, RemovesNothingOnceABatchFailed) {
  TemporaryDirectory directory;
  directory.write("in/a", "a\n");
  VirtualStreams streams;
  auto lines = streams.context().direct_stream<std::string_view>(
      "files", {{"path", directory.path("in")}, {"cleanSource", "delete"}});
  lines.for_each_rdd(
      [](const RDD<std::string_view>&) { throw std::runtime_error("the database is down"); });
  streams.run_batches(5);

  EXPECT_EQ(directory.read("in/a"), "a\n");
}

}  // namespace
}  // namespace thalweg
