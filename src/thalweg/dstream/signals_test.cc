// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <latch>
#include <ranges>
#include <thread>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/dstream/streaming_context.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;

/// What is called at `signal` now.
auto handler_of(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler;
}

/// Waits until somebody handles `signal`.
void wait_for_handler(int signal) {
  while (handler_of(signal) == SIG_DFL) std::this_thread::yield();
}

// Each of these runs in a process of its own, which must end as is said.

bool drains(int signal) {
  VirtualClock clock;
  SessionOptions options;
  options.clock = &clock;
  Session session("local[1]", "signals", options);
  StreamingContext context(session, 1s);
  std::vector<RDD<int>> rdds{context.context().parallelize({1}),
                             context.context().parallelize({2})};
  int sum = 0;
  context.queue_stream(rdds).for_each_rdd([&](const RDD<int>& rdd) { sum += rdd.sum(); });
  context.start();
  std::thread sender([&] {
    wait_for_handler(signal);
    ::kill(::getpid(), signal);
  });
  context.await_termination();
  sender.join();
  bool restored = handler_of(signal) == SIG_DFL;
  std::fprintf(stderr, "sum %d, handler %s\n", sum, restored ? "restored" : "left behind");
  return sum == 3 && restored;
}

void aborts() {
  VirtualClock clock;
  SessionOptions options;
  options.clock = &clock;
  Session session("local[1]", "signals", options);
  StreamingContext context(session, 1s);
  std::latch running(1);
  context.queue_stream(std::vector{context.context().parallelize({1}, 1)})
      .map_partitions([&](auto) {
        running.count_down();
        return std::views::iota(std::int64_t{0});
      })
      .for_each_rdd([](const RDD<std::int64_t>& rdd) { (void)rdd.count(); });
  context.start();
  clock.advance(1s);
  std::thread sender([&] {
    running.wait();
    wait_for_handler(SIGINT);
    // The first alone would wait for ever for the running batch.
    ::kill(::getpid(), SIGINT);
    ::kill(::getpid(), SIGTERM);
  });
  context.await_termination();
  sender.join();
}

/// By then the context is gone, and with it all of its threads.
void drain_and_exit(int signal) { ::_exit(drains(signal) ? 0 : 1); }

void abort_and_exit() {
  aborts();
  ::_exit(0);
}

class SignalsDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(SignalsDeathTest, InterruptDrainsAndEnds) {
  EXPECT_EXIT(drain_and_exit(SIGINT), ::testing::ExitedWithCode(0), "sum 3, handler restored");
}

TEST_F(SignalsDeathTest, TerminateDrainsAndEnds) {
  EXPECT_EXIT(drain_and_exit(SIGTERM), ::testing::ExitedWithCode(0), "sum 3, handler restored");
}

TEST_F(SignalsDeathTest, ASecondSignalAborts) {
  EXPECT_EXIT(abort_and_exit(), ::testing::ExitedWithCode(0), "stopping at once");
}

void own_handler(int) {}

class SignalHandlersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    struct sigaction own {};
    own.sa_handler = own_handler;
    ::sigaction(SIGINT, &own, &before_);
  }
  void TearDown() override { ::sigaction(SIGINT, &before_, nullptr); }

  /// Starts a context, waits a moment for its end, and gives the handler that a batch sees.
  auto handler_during_await(bool handle_signals) {
    Session session("local[1]");
    StreamingOptions options;
    options.handle_signals = handle_signals;
    StreamingContext context(session, 10ms, options);
    std::latch awaiting(1);
    auto seen = SIG_DFL;
    std::atomic<bool> done{false};
    context.queue_stream(std::vector<RDD<int>>()).for_each_rdd([&](const RDD<int>&) {
      if (done.exchange(true)) return;
      awaiting.wait();
      if (handle_signals) {
        while (handler_of(SIGINT) == own_handler) std::this_thread::yield();
      }
      seen = handler_of(SIGINT);
      context.stop();
    });
    context.start();
    awaiting.count_down();
    context.await_termination();
    return seen;
  }

  struct sigaction before_ {};
};

TEST_F(SignalHandlersTest, TheHandlersOfBeforeArePutBack) {
  EXPECT_NE(handler_during_await(true), own_handler);
  EXPECT_EQ(handler_of(SIGINT), own_handler);
}

TEST_F(SignalHandlersTest, TheyAreLeftAloneWhereAsked) {
  EXPECT_EQ(handler_during_await(false), own_handler);
}

}  // namespace
}  // namespace thalweg
