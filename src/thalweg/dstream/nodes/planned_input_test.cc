// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/planned_input.h"

#include <gtest/gtest.h>

#include "thalweg/common/fields.h"
#include "thalweg/testing/batches.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/slow_batches.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::Batches;
using testing::error_of;
using testing::sorted;
using testing::TemporaryDirectory;
using testing::VirtualStreams;

struct Tick {
  std::int64_t value = 0;
};
THALWEG_FIELDS(Tick, value)

using Numbers = std::vector<std::int64_t>;

/// The values of a direct stream of the rate source.
DStream<std::int64_t> numbers(VirtualStreams& streams, OptionTexts options) {
  return streams.context()
      .direct_stream<Tick>("rate", std::move(options))
      .map([](const Tick& tick) { return tick.value; });
}

TEST(PlannedInputTest, TakesWhatCameUpToEachBatch) {
  VirtualStreams streams;
  auto stream = numbers(streams, {{"rows_per_second", "2"}});

  // Row 0 comes at the start of the source, which is the first time a batch asks it.
  EXPECT_EQ(streams.run(stream, 3), (Batches<std::int64_t>{{0}, {1, 2}, {3, 4}}));
}

TEST(PlannedInputTest, HasAPartitionForEachOfTheSource) {
  VirtualStreams streams;
  auto stream = streams.context().direct_stream<Tick>(
      "rate", {{"rows_per_second", "4"}, {"partitions", "2"}});
  std::vector<std::string> seen;
  stream.for_each_rdd([&](const RDD<Tick>& rdd) {
    EXPECT_EQ(rdd.partition_count(), 2);
    for (const auto& range : source_ranges(rdd)) {
      seen.push_back(range.from.text + " to " + range.until.text);
    }
    EXPECT_EQ(error_of([&] {
                (void)source_ranges(rdd.map([](Tick t) { return t.value; }));
              }).substr(0, 17),
              "invalid_argument:");
  });

  streams.run_batches(2);

  EXPECT_EQ(streams.failure(), std::nullopt);
  EXPECT_EQ(seen, (std::vector<std::string>{" to row=1", " to row=0", "row=1 to row=3",
                                            "row=0 to row=2"}));
  EXPECT_EQ(streams.counter().reports()[1].record_count(), 4);
}

// proves: rate: limits
TEST(PlannedInputTest, TakesNoMoreThanTheLimits) {
  auto with = [](OptionTexts options, StreamingOptions streaming = {}) {
    VirtualStreams streams(1s, streaming);
    options.emplace("rows_per_second", "100");
    return streams.run(numbers(streams, options).count(), 4);
  };
  EXPECT_EQ(with({{"maxRecordsPerTrigger", "3"}}), (Batches<std::int64_t>{{1}, {3}, {3}, {3}}));
  EXPECT_EQ(with({{"maxRatePerPartition", "2"}, {"partitions", "2"}}),
            (Batches<std::int64_t>{{1}, {4}, {4}, {4}}));
  EXPECT_EQ(with({}, {.rates = {.max_rate = 5}}), (Batches<std::int64_t>{{1}, {5}, {5}, {5}}));
  EXPECT_EQ(error_of([&] {
              with({{"maxRecordsPerTrigger", "many"}});
            }),
            "invalid_argument: option \"maxRecordsPerTrigger\" must be a number above 0: got "
            "\"many\"");
}

// proves: rate: back-pressure
TEST(PlannedInputTest, TakesLessOnceBatchesAreSlow) {
  VirtualStreams streams(1s, {.rates = {.backpressure = true, .initial_rate = 200}});
  // All of them are there at once; a second's work is a hundred.
  numbers(streams, {{"rows_per_second", "1000000000"}, {"row_count", "1000000"}})
      .for_each_rdd(
          [&](const RDD<std::int64_t>& rdd) { streams.clock().advance(rdd.count() * 10ms); });

  testing::expect_slow_batches_to_take_less(streams);
}

TEST(PlannedInputTest, EndsWhenItHasReadAllThereIs) {
  VirtualStreams streams;
  // All of them are there at once.
  auto stream = numbers(
      streams,
      {{"rows_per_second", "1000000000"}, {"row_count", "10"}, {"maxRecordsPerTrigger", "4"}});
  streams.context().stop_at_end();

  EXPECT_EQ(streams.run(stream, 3), (Batches<std::int64_t>{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9}}));
  EXPECT_TRUE(streams.context().await_termination_or_timeout(1h));
}

class Lags final : public StreamingListener {
 public:
  void on_batch_completed(const BatchReport& report) override {
    for (const auto& lag : report.lags) {
      EXPECT_TRUE(lag.partition.ends_with(";index=0")) << lag.partition;
      seen.push_back(std::to_string(lag.records) + ", " + to_string(lag.time));
    }
  }
  std::vector<std::string> seen;
};

// proves: rate: metrics
TEST(PlannedInputTest, TellsListenersHowFarItIsBehind) {
  VirtualStreams streams;
  auto lags = std::make_shared<Lags>();
  streams.context().add_listener(lags);
  auto stream = numbers(streams, {{"rows_per_second", "4"}, {"maxRecordsPerTrigger", "2"}});

  // Row 0 at once, then four a second, of which a batch takes two.
  EXPECT_EQ(streams.run(stream, 4), (Batches<std::int64_t>{{0}, {1, 2}, {3, 4}, {5, 6}}));
  streams.context().stop();  // The last report has been told.

  EXPECT_EQ(lags->seen, (std::vector<std::string>{"0, 0 ms", "2, 0 ms", "4, 0 ms", "6, 1 s"}));
}

// proves: rate: resume after kill
TEST(PlannedInputTest, GoesOnAfterACrashWhereTheLastBatchEnded) {
  TemporaryDirectory directory;
  OptionTexts options{{"rows_per_second", "2"}, {"maxRecordsPerTrigger", "3"}};
  {
    VirtualStreams first;
    first.context().checkpoint(directory.path("c"), {.checkpoint_interval = 1h});
    auto stream = numbers(first, options);
    EXPECT_EQ(first.run(stream, 3), (Batches<std::int64_t>{{0}, {1, 2}, {3, 4}}));
  }
  VirtualStreams second(1s, {}, "local[2]", Time(5s));
  second.context().checkpoint(directory.path("c"), {.checkpoint_interval = 1h});
  auto stream = numbers(second, options);

  // Those of the 4th and 5th second were missed; what waits comes in threes.
  auto batches = second.collect(stream);
  second.start();
  second.counter().wait_for(2);
  second.clock().advance(1s);
  second.counter().wait_for(3);

  EXPECT_EQ(second.failure(), std::nullopt);
  EXPECT_EQ(*batches, (Batches<std::int64_t>{{5, 6, 7}, {8}, {9, 10}}));
}

TEST(PlannedInputTest, ReadsABatchAgainTheSame) {
  VirtualStreams streams;
  auto stream = numbers(streams, {{"rows_per_second", "2"}});
  auto windows = stream.window(2s, 1s);

  EXPECT_EQ(streams.run(windows, 3), (Batches<std::int64_t>{{0}, {0, 1, 2}, {1, 2, 3, 4}}));
}

TEST(PlannedInputTest, KeepsWhatABatchHasUntilACheckpointSettlesIt) {
  TemporaryDirectory directory;
  VirtualStreams streams;
  streams.context().checkpoint(directory.path("c"), {.checkpoint_interval = 1h});
  auto stream = streams.context().direct_stream<Tick>("rate", {{"rows_per_second", "2"}});
  streams.collect(stream.map([](const Tick& tick) { return tick.value; }));
  auto* input = dynamic_cast<InputNode*>(stream.node().get());
  ASSERT_NE(input, nullptr);

  streams.run_batches(4);
  EXPECT_FALSE(input->plan_of(Time(1s)).empty());
  input->settled(Time(3s));
  streams.run_batches(1);

  EXPECT_TRUE(input->plan_of(Time(1s)).empty());
  EXPECT_FALSE(input->plan_of(Time(4s)).empty());
}

TEST(PlannedInputTest, RefusesASourceThatCanNotBeReadTwice) {
  VirtualStreams streams;
  EXPECT_EQ(error_of([&] {
              (void)streams.context().direct_stream<std::string_view>(
                  "socket", {{"host", "localhost"}, {"port", "1"}});
            }),
            "unsupported: connector socket can't be read twice, so its batches can't be planned; "
            "use stream() instead of direct_stream()");
}

}  // namespace
}  // namespace thalweg
