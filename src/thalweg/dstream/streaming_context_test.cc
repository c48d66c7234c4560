// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/streaming_context.h"

#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::Batches;
using testing::error_of;
using testing::VirtualStreams;

void ignore(const RDD<int>&) {}

// What each call needs, and says where it does not have it.

TEST(StreamingContextTest, TheIntervalIsPositive) {
  Session session("local[1]");

  EXPECT_EQ(error_of([&] { StreamingContext context(session, Duration(0)); }),
            "invalid_argument: batch interval must be positive: got 0 ms");
}

TEST(StreamingContextTest, BoundsArePositive) {
  Session session("local[1]");
  StreamingOptions options;
  options.queued_batches_max = 0;

  EXPECT_EQ(error_of([&] { StreamingContext context(session, 1s, options); }),
            "invalid_argument: block_interval and queued_batches_max must be positive: got 200 ms "
            "and 0");
}

TEST(StreamingContextTest, GoesFromInitializedToActiveToStopped) {
  VirtualStreams streams;
  streams.given<int>({}).for_each_rdd(ignore);

  EXPECT_EQ(streams.context().state(), StreamingState::initialized);
  streams.context().start();
  EXPECT_EQ(streams.context().state(), StreamingState::active);
  streams.context().stop();
  EXPECT_EQ(streams.context().state(), StreamingState::stopped);
}

TEST(StreamingContextTest, NeedsAnOutputToStart) {
  VirtualStreams streams;
  (void)streams.given<int>({}).count();

  EXPECT_EQ(error_of([&] { streams.context().start(); }),
            "invalid_argument: no output operation is registered, so there is nothing to do; add "
            "one, such as print() or for_each_rdd(), before start()");
}

TEST(StreamingContextTest, StartsOnce) {
  VirtualStreams streams;
  streams.given<int>({}).for_each_rdd(ignore);
  streams.context().start();

  EXPECT_EQ(error_of([&] { streams.context().start(); }),
            "invalid_argument: the streaming context has already started");
}

TEST(StreamingContextTest, DoesNotStartAgain) {
  VirtualStreams streams;
  streams.given<int>({}).for_each_rdd(ignore);
  streams.context().start();
  streams.context().stop();

  EXPECT_EQ(error_of([&] { streams.context().start(); }),
            "invalid_argument: a streaming context that was stopped can't start again; make a new "
            "one");
}

TEST(StreamingContextTest, OneIsActiveAtATime) {
  VirtualStreams streams;
  streams.given<int>({}).for_each_rdd(ignore);
  streams.context().start();
  VirtualStreams others;
  others.given<int>({}).for_each_rdd(ignore);

  EXPECT_EQ(error_of([&] { others.context().start(); }),
            "invalid_argument: another streaming context is active in this process; stop it first");

  streams.context().stop();
  others.context().start();
  EXPECT_EQ(others.context().state(), StreamingState::active);
}

TEST(StreamingContextTest, AFailedStartLeavesTheProcessToOthers) {
  VirtualStreams streams;
  (void)error_of([&] { streams.context().start(); });
  VirtualStreams others;
  others.given<int>({}).for_each_rdd(ignore);

  others.context().start();

  EXPECT_EQ(others.context().state(), StreamingState::active);
}

TEST(StreamingContextTest, TheGraphIsBuiltBeforeStart) {
  VirtualStreams streams;
  auto numbers = streams.given<int>({});
  numbers.for_each_rdd(ignore);
  streams.context().start();

  EXPECT_EQ(error_of([&] { (void)numbers.count(); }),
            "invalid_argument: no stream, transformation or output can be added (count) once the "
            "streaming context is active; build the whole graph before start()");
  EXPECT_EQ(error_of([&] { numbers.for_each_rdd(ignore); }),
            "invalid_argument: no stream, transformation or output can be added (for_each_rdd) "
            "once the streaming context is active; build the whole graph before start()");
  streams.context().stop();
  EXPECT_EQ(error_of([&] { (void)streams.given<int>({}); }),
            "invalid_argument: no stream, transformation or output can be added (given) once the "
            "streaming context is stopped; build the whole graph before start()");
}

TEST(StreamingContextTest, StopMayBeCalledAgainAndBeforeStart) {
  VirtualStreams streams;
  streams.given<int>({}).for_each_rdd(ignore);

  streams.context().stop();
  streams.context().stop(true);
  EXPECT_EQ(streams.context().state(), StreamingState::stopped);

  VirtualStreams others;
  others.given<int>({}).for_each_rdd(ignore);
  others.context().start();
  others.context().stop();
  others.context().stop(true);
  others.context().stop();
  EXPECT_EQ(others.context().state(), StreamingState::stopped);
}

TEST(StreamingContextTest, RemembersForAtLeastTheInterval) {
  VirtualStreams streams;

  EXPECT_EQ(error_of([&] { streams.context().remember(500ms); }),
            "invalid_argument: streams can't remember for less than the batch interval: got 500 "
            "ms, the interval is 1 s");
  streams.given<int>({}).for_each_rdd(ignore);
  streams.context().start();
  EXPECT_EQ(error_of([&] { streams.context().remember(2s); }),
            "invalid_argument: no stream, transformation or output can be added (remember) once "
            "the streaming context is active; build the whole graph before start()");
}

TEST(StreamingContextTest, WaitingNeedsAStart) {
  VirtualStreams streams;

  EXPECT_EQ(error_of([&] { streams.context().await_termination(); }),
            "invalid_argument: the streaming context has not started");
}

// Waiting.

TEST(StreamingContextTest, EveryWaiterReturnsWhenTheContextStops) {
  VirtualStreams streams;
  streams.given<int>({}).for_each_rdd(ignore);
  streams.context().start();
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&] { streams.context().await_termination(); });
  }

  streams.context().stop();

  for (auto& waiter : waiters) waiter.join();
}

TEST(StreamingContextTest, WaitsNoLongerThanAsked) {
  VirtualStreams streams;
  streams.given<int>({}).for_each_rdd(ignore);
  streams.context().start();
  auto waited = std::async(std::launch::async,
                           [&] { return streams.context().await_termination_or_timeout(10s); });

  // The wait may begin after the first move of the clock.
  while (waited.wait_for(0s) != std::future_status::ready) streams.clock().advance(1s);
  EXPECT_FALSE(waited.get());

  streams.context().stop();
  EXPECT_TRUE(streams.context().await_termination_or_timeout(10s));
}

TEST(StreamingContextTest, StopsAtTheEndOfItsInputs) {
  VirtualStreams streams;
  auto& context = streams.context();
  std::vector<RDD<int>> rdds{context.context().parallelize({1}),
                             context.context().parallelize({2})};
  auto batches = streams.collect(context.queue_stream(rdds));
  context.stop_at_end();
  streams.start();
  streams.clock().advance(1s);
  streams.clock().advance(1s);

  context.await_termination();

  EXPECT_EQ(*batches, (Batches<int>{{1}, {2}}));
  EXPECT_EQ(context.state(), StreamingState::stopped);
  EXPECT_EQ(context.completed_batch_count(), 2);
}

TEST(StreamingContextTest, StopsFromWithinAnOutput) {
  VirtualStreams streams;
  int batches = 0;
  streams.given<int>({{1}}).for_each_rdd([&](const RDD<int>&) {
    ++batches;
    streams.context().stop();
  });
  streams.context().start();
  streams.clock().advance(1s);

  streams.context().await_termination();

  EXPECT_EQ(batches, 1);
}

TEST(StreamingContextTest, StopsFromWithinATask) {
  VirtualStreams streams;
  streams.given<int>({{1, 2}}).for_each_rdd(
      [&](const RDD<int>& rdd) { rdd.for_each([&](int) { streams.context().stop(); }); });
  streams.context().start();
  streams.clock().advance(1s);

  streams.context().await_termination();
}

TEST(StreamingContextTest, AListenerCanNotStopIt) {
  struct Stopper : StreamingListener {
    explicit Stopper(StreamingContext& context) : context_(context) {}
    void on_batch_started(const BatchReport&) override {
      error = error_of([&] { context_.stop(); });
    }
    StreamingContext& context_;
    std::string error;
  };
  VirtualStreams streams;
  auto stopper = std::make_shared<Stopper>(streams.context());
  streams.context().add_listener(stopper);
  streams.given<int>({}).for_each_rdd(ignore);

  streams.run_batches(1);

  EXPECT_EQ(stopper->error,
            "invalid_argument: a streaming listener can't stop the context it listens to; do it "
            "elsewhere");
  EXPECT_EQ(streams.context().state(), StreamingState::active);
}

// Streams over time.

TEST(StreamingContextTest, TheFirstBatchIsAtTheNextMultipleOfTheInterval) {
  VirtualStreams streams(1s, {}, "local[1]", Time(12'345ms));
  std::vector<Time> times;
  streams.given<int>({}).for_each_rdd([&](const RDD<int>&, Time time) { times.push_back(time); });
  streams.start();

  streams.clock().advance_to(Time(13s));
  streams.counter().wait_for(1);
  streams.clock().advance_to(Time(15s));
  streams.counter().wait_for(3);

  EXPECT_EQ(times, (std::vector{Time(13s), Time(14s), Time(15s)}));
}

TEST(SliceTest, IsAnErrorBeforeStart) {
  VirtualStreams streams;
  auto numbers = streams.given<int>({{1}});

  EXPECT_EQ(error_of([&] { (void)numbers.slice(Time(0s), Time(1s)); }),
            "invalid_argument: given (stream 0) has not been initialized: slice() works once the "
            "streaming context has started");
}

TEST(SliceTest, IncludesBothEndsRoundedDown) {
  VirtualStreams streams;
  streams.context().remember(10s);
  auto numbers = streams.given<int>({{1}, {2}, {3}, {4}});
  numbers.for_each_rdd(ignore);
  streams.run_batches(4);
  auto rows = [&](Duration from, Duration to) {
    std::vector<int> found;
    for (const auto& rdd : numbers.slice(Time(from), Time(to))) {
      for (int row : rdd.collect()) found.push_back(row);
    }
    return found;
  };

  EXPECT_EQ(rows(2s, 3s), (std::vector{2, 3}));
  EXPECT_EQ(rows(2900ms, 3100ms), (std::vector{2, 3}));
  EXPECT_EQ(rows(0s, 1s), (std::vector{1}));
  EXPECT_EQ(rows(-5s, 2s), (std::vector{1, 2}));
  EXPECT_EQ(rows(3s, 2s), std::vector<int>());
}

TEST(RememberTest, KeepsBatchesForSoLongAndNoLonger) {
  VirtualStreams streams;
  streams.context().remember(3s);
  auto numbers = streams.given<int>({});
  numbers.for_each_rdd(ignore);

  streams.run_batches(10);

  EXPECT_EQ(numbers.node()->remembered_count(), 3u);
}

TEST(RememberTest, KeepsOneBatchByDefault) {
  VirtualStreams streams;
  auto numbers = streams.given<int>({});
  numbers.map([](int x) { return x; }).for_each_rdd(ignore);

  streams.run_batches(10);

  EXPECT_EQ(numbers.node()->remembered_count(), 1u);
}

TEST(PersistTest, ABatchIsComputedOnce) {
  VirtualStreams streams;
  std::atomic<int> calls{0};
  auto numbers = streams.given<int>({{1, 2, 3}}).map([&](int x) {
    ++calls;
    return x;
  });
  numbers.cache();
  auto first = streams.collect(numbers);
  auto second = streams.collect(numbers.map([](int x) { return 2 * x; }));

  streams.run_batches(1);

  EXPECT_EQ(*second, (Batches<int>{{2, 4, 6}}));
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace thalweg
