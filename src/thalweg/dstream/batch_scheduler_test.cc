// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/batch_scheduler.h"

#include <chrono>
#include <future>
#include <latch>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/dstream/nodes/for_each.h"
#include "thalweg/runtime/task_context.h"
#include "thalweg/testing/batches.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::Batches;
using testing::error_of;
using testing::VirtualStreams;

void fail_at(Time time, Time bad) {
  if (time == bad) throw std::runtime_error("a bad batch");
}

TEST(BatchSchedulerTest, OutputsRunInTheOrderInWhichTheyWereAdded) {
  VirtualStreams streams;
  std::vector<std::string> ran;
  auto second = streams.given<int>({});
  auto first = streams.given<int>({});
  first.for_each_rdd([&](const RDD<int>&, Time time) { ran.push_back("a" + to_string(time)); });
  second.for_each_rdd([&](const RDD<int>&, Time time) { ran.push_back("b" + to_string(time)); });
  first.for_each_rdd([&](const RDD<int>&, Time time) { ran.push_back("c" + to_string(time)); });

  streams.run_batches(2);

  EXPECT_EQ(ran, (std::vector<std::string>{"a1000 ms", "b1000 ms", "c1000 ms", "a2000 ms",
                                           "b2000 ms", "c2000 ms"}));
}

TEST(BatchSchedulerTest, AFailedBatchIsReportedAndLaterOnesRun) {
  VirtualStreams streams;
  auto batches = streams.collect(streams.given<int>({{0}, {1}, {2}, {3}}).map([](int x) {
    if (x == 1) throw std::runtime_error("one is too many");
    return x;
  }));

  streams.run_batches(4);

  EXPECT_EQ(*batches, (Batches<int>{{0}, {2}, {3}}));
  std::string error = error_of([&] { streams.context().await_termination(); });
  EXPECT_TRUE(error.starts_with("user_error: batch 2000 ms: output for_each_rdd: ")) << error;
  EXPECT_NE(error.find("one is too many"), std::string::npos) << error;
  EXPECT_EQ(streams.context().state(), StreamingState::active);
}

TEST(BatchSchedulerTest, TheFirstFailureIsTheOneReported) {
  VirtualStreams streams;
  streams.given<int>({}).for_each_rdd(
      [](const RDD<int>&, Time time) { throw std::runtime_error("at " + to_string(time)); });

  streams.run_batches(3);

  EXPECT_EQ(error_of([&] { streams.context().await_termination(); }),
            "user_error: batch 1000 ms: output for_each_rdd: at 1000 ms");
}

TEST(BatchSchedulerTest, AnExceptionOfAnyTypeFailsItsBatchOnly) {
  VirtualStreams streams;
  int batches = 0;
  streams.given<int>({}).for_each_rdd([&](const RDD<int>&) {
    if (++batches == 1) throw 42;
  });

  streams.run_batches(2);

  EXPECT_EQ(batches, 2);
  EXPECT_EQ(error_of([&] { streams.context().await_termination(); }),
            "user_error: batch 1000 ms: output for_each_rdd: an exception that is not a "
            "std::exception");
}

TEST(BatchSchedulerTest, AFailingOutputLeavesTheOthersOfItsBatchAlone) {
  VirtualStreams streams;
  std::vector<Time> ran;
  auto numbers = streams.given<int>({});
  numbers.for_each_rdd([](const RDD<int>&, Time time) { fail_at(time, Time(1s)); });
  numbers.for_each_rdd([&](const RDD<int>&, Time time) { ran.push_back(time); });

  streams.run_batches(2);

  EXPECT_EQ(ran, (std::vector{Time(1s), Time(2s)}));
  auto reports = streams.counter().reports();
  EXPECT_EQ(reports[0].outputs[0].failure, "output for_each_rdd: a bad batch");
  EXPECT_EQ(reports[0].outputs[1].failure, std::nullopt);
  EXPECT_EQ(reports[0].failure(), "output for_each_rdd: a bad batch");
  EXPECT_EQ(reports[1].failure(), std::nullopt);
}

TEST(BatchSchedulerTest, BatchesThatCanNotKeepUpWaitAndKeepTheirTimes) {
  VirtualStreams streams;
  std::vector<Time> times;
  std::latch go(1);
  streams.given<int>({}).for_each_rdd([&](const RDD<int>&, Time time) {
    if (time == Time(1s)) go.wait();
    times.push_back(time);
  });
  struct Submissions : StreamingListener {
    void on_batch_submitted(const BatchReport& report) override {
      if (report.batch_time == Time(4s)) last.count_down();
    }
    std::latch last{1};
  };
  auto submissions = std::make_shared<Submissions>();
  streams.context().add_listener(submissions);
  streams.start();

  streams.clock().advance_to(Time(4s));
  submissions->last.wait();
  streams.clock().advance_to(Time(4500ms));
  go.count_down();
  streams.counter().wait_for(4);

  EXPECT_EQ(times, (std::vector{Time(1s), Time(2s), Time(3s), Time(4s)}));
  auto reports = streams.counter().reports();
  EXPECT_EQ(reports[3].submitted, Time(4s));
  EXPECT_EQ(reports[3].scheduling_delay(), 500ms);
  EXPECT_EQ(reports[3].processing_delay(), 0s);
  EXPECT_EQ(reports[3].total_delay(), 500ms);
}

TEST(BatchSchedulerTest, NoMoreBatchesThanAllowedAreMadeAhead) {
  StreamingOptions options;
  options.queued_batches_max = 2;
  VirtualStreams streams(1s, options);
  std::latch go(1);
  std::atomic<int> made{0};
  std::atomic<int> made_before_go{0};
  std::latch three_made(3);
  streams.given<int>({})
      .transform([&](const RDD<int>& rdd) {
        if (++made <= 3) three_made.count_down();
        return rdd;
      })
      .for_each_rdd([&](const RDD<int>&, Time time) {
        if (time > Time(1s)) return;
        three_made.wait();
        made_before_go = made.load();
        go.wait();
      });
  streams.start();

  streams.clock().advance_to(Time(10s));
  three_made.wait();
  go.count_down();
  streams.counter().wait_for(10);

  // One runs, two wait, and one more is made before it has to.
  EXPECT_LE(made_before_go, 4);
  EXPECT_EQ(made, 10) << "none is lost";
}

TEST(BatchSchedulerTest, GracefulStopLosesNoBatchThatWaitsForRoom) {
  StreamingOptions options;
  options.queued_batches_max = 1;
  VirtualStreams streams(1s, options);
  std::latch go(1);
  std::latch made(3);
  std::vector<int> rows;
  auto& context = streams.context();
  std::vector<RDD<int>> rdds;
  for (int i = 1; i <= 3; ++i) rdds.push_back(context.context().parallelize({i}));
  context.queue_stream(rdds)
      .transform([&](const RDD<int>& rdd) {
        made.count_down();
        return rdd;
      })
      .for_each_rdd([&](const RDD<int>& rdd) {
        go.wait();
        for (int row : rdd.collect()) rows.push_back(row);
      });
  streams.start();
  streams.clock().advance_to(Time(3s));
  made.wait();

  auto stopped = std::async(std::launch::async, [&] { context.stop(true); });
  go.count_down();
  stopped.wait();

  EXPECT_EQ(rows, (std::vector{1, 2, 3}));
}

TEST(BatchSchedulerTest, GracefulStopEndsThoughAnInputHasNoOutput) {
  VirtualStreams streams;
  auto& context = streams.context();
  auto unused = context.queue_stream(std::vector{context.context().parallelize({1})});
  streams.given<int>({}).for_each_rdd([](const RDD<int>&) {});
  streams.run_batches(1);

  context.stop(true);

  EXPECT_EQ(context.state(), StreamingState::stopped);
}

TEST(BatchSchedulerTest, GracefulStopEndsThoughNoBatchCanBeMade) {
  VirtualStreams streams;
  auto& context = streams.context();
  auto waiting = context.queue_stream(std::vector{context.context().parallelize({1})});
  auto missing = streams.given<int>(testing::GivenBatches<int>(10'000, std::nullopt));
  missing.union_with(waiting).for_each_rdd([](const RDD<int>&) {});
  context.start();

  context.stop(true);

  EXPECT_EQ(context.state(), StreamingState::stopped);
}

/// Says what happens to an output: the times of its batches, and its end.
void note_batches_and_end(VirtualStreams& streams, std::vector<std::string>& said, Time bad,
                          const Status& end = {}) {
  add_for_each(
      streams.given<int>({}).node(), "noted",
      [&said, bad](const BatchRdd&, Time time) {
        fail_at(time, bad);
        said.push_back(to_string(time));
      },
      [&said, end] {
        said.emplace_back("end");
        return end;
      });
}

TEST(BatchSchedulerTest, OutputsAreToldOnceThatNoBatchComesAnyMore) {
  std::vector<std::string> said;
  VirtualStreams streams;
  note_batches_and_end(streams, said, Time::max());
  streams.run_batches(2);

  streams.context().stop(true);
  streams.context().stop(true);

  EXPECT_EQ(said, (std::vector<std::string>{"1000 ms", "2000 ms", "end"}));
  EXPECT_EQ(streams.failure(), std::nullopt);
}

TEST(BatchSchedulerTest, OutputsAreNotToldTheEndAfterAFailureOrAStopAtOnce) {
  for (bool graceful : {true, false}) {
    std::vector<std::string> said;
    VirtualStreams streams;
    note_batches_and_end(streams, said, graceful ? Time(1s) : Time::max());
    streams.run_batches(2);

    streams.context().stop(graceful);

    EXPECT_EQ(said.back(), "2000 ms");
  }
}

TEST(BatchSchedulerTest, AnEndThatFailsIsReported) {
  std::vector<std::string> said;
  VirtualStreams streams;
  note_batches_and_end(streams, said, Time::max(), {ErrorCode::data_loss, "a file is gone"});
  streams.run_batches(1);

  streams.context().stop(true);

  EXPECT_EQ(error_of([&] { streams.context().await_termination(); }),
            "data_loss: end of output noted: a file is gone");
}

TEST(BatchSchedulerTest, StopAtOnceEndsARunningTaskWithinAChunk) {
  VirtualStreams streams;
  std::latch running(1);
  std::atomic<bool> counted{false};
  auto endless = streams.given<int>({{1}}, 1).transform([&](const RDD<int>& rdd) {
    return rdd.map_partitions([&](auto) {
      if (!counted.exchange(true)) running.count_down();
      return std::views::iota(std::int64_t{0});
    });
  });
  int later_outputs = 0;
  endless.for_each_rdd([](const RDD<std::int64_t>& rdd) { (void)rdd.count(); });
  endless.for_each_rdd([&](const RDD<std::int64_t>&) { ++later_outputs; });
  streams.start();
  streams.clock().advance_to(Time(5s));
  running.wait();

  streams.context().stop(false);

  EXPECT_EQ(streams.context().state(), StreamingState::stopped);
  EXPECT_EQ(later_outputs, 0);
  EXPECT_EQ(streams.failure(), std::nullopt) << "who is stopped has not failed";
}

TEST(BatchSchedulerTest, StopAtOnceCutsAGracefulOneShort) {
  VirtualStreams streams;
  std::latch running(1);
  std::atomic<bool> counted{false};
  streams.given<int>({{1}}, 1)
      .map_partitions([&](auto) {
        if (!counted.exchange(true)) running.count_down();
        return std::views::iota(std::int64_t{0});
      })
      .for_each_rdd([](const RDD<std::int64_t>& rdd) { (void)rdd.count(); });
  streams.start();
  streams.clock().advance_to(Time(1s));
  running.wait();

  auto graceful = std::async(std::launch::async, [&] { streams.context().stop(true); });
  streams.context().stop(false);
  graceful.wait();

  EXPECT_EQ(streams.context().state(), StreamingState::stopped);
}

}  // namespace
}  // namespace thalweg
