// SPDX-License-Identifier: Apache-2.0
#include "thalweg/runtime/executor.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;

/// Work made of a function.
class Slice final : public Runnable {
 public:
  explicit Slice(std::function<Next()> run) : run_(std::move(run)) {}
  Next run(Duration) override { return run_(); }

 private:
  std::function<Next()> run_;
};

std::shared_ptr<Runnable> slice(std::function<Next()> run) {
  return std::make_shared<Slice>(std::move(run));
}

/// What order the numbers 0 to count - 1, submitted one after the other, are run in.
std::vector<int> order_of(std::uint64_t seed, int count) {
  VirtualClock clock;
  auto executor = make_simulated_executor(4, seed, clock);
  std::vector<int> order;
  Completion done(count);
  for (int i = 0; i < count; ++i) {
    executor->submit(slice([&, i] {
      order.push_back(i);
      done.arrive();
      return Next::idle();
    }));
  }
  executor->wait(done);
  return order;
}

TEST(ThreadExecutorTest, RunsAllWorkOnce) {
  constexpr int count = 10'000;
  auto executor = make_thread_executor(4, SystemClock::instance());
  std::vector<std::atomic<int>> runs(count);
  Completion done(count);

  for (int i = 0; i < count; ++i) {
    executor->submit(slice([&, i] {
      ++runs[static_cast<std::size_t>(i)];
      done.arrive();
      return Next::idle();
    }));
  }
  executor->wait(done);

  EXPECT_TRUE(std::all_of(runs.begin(), runs.end(), [](const auto& run) { return run == 1; }));
}

TEST(ThreadExecutorTest, RunsWorkSubmittedByManyThreads) {
  constexpr int threads = 4;
  constexpr int each = 2'000;
  auto executor = make_thread_executor(2, SystemClock::instance());
  std::atomic<int> runs{0};
  Completion done(threads * each);

  std::vector<std::thread> submitters;
  for (int thread = 0; thread < threads; ++thread) {
    submitters.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        executor->submit(slice([&] {
          ++runs;
          done.arrive();
          return Next::idle();
        }));
      }
    });
  }
  for (auto& submitter : submitters) submitter.join();
  executor->wait(done);

  EXPECT_EQ(runs, threads * each);
}

TEST(ThreadExecutorTest, LetsIdleWorkersStealFromOneThatIsBusy) {
  auto executor = make_thread_executor(2, SystemClock::instance());
  Completion stolen(1);
  Completion done(1);

  // What a worker submits goes into its own queue; it then waits for it, so another has to take it.
  executor->submit(slice([&] {
    executor->submit(slice([&] {
      stolen.arrive();
      return Next::idle();
    }));
    stolen.wait();
    done.arrive();
    return Next::idle();
  }));
  executor->wait(done);

  EXPECT_TRUE(stolen.done());
}

TEST(ThreadExecutorTest, RunsWorkAgainUntilItIsIdle) {
  auto executor = make_thread_executor(2, SystemClock::instance());
  int runs = 0;
  Completion done(1);

  executor->submit(slice([&] {
    if (++runs < 5) return Next::again();
    done.arrive();
    return Next::idle();
  }));
  executor->wait(done);

  EXPECT_EQ(runs, 5);
}

TEST(ThreadExecutorTest, RunsATimerOnceItsTimeHasCome) {
  VirtualClock clock;
  auto executor = make_thread_executor(1, clock);
  std::vector<Time> times;
  Completion asked(1);
  Completion done(1);

  executor->submit(slice([&] {
    times.push_back(clock.now());
    if (times.size() == 1) {
      asked.arrive();
      return Next::until(Time::from_millis(500));
    }
    done.arrive();
    return Next::idle();
  }));
  executor->wait(asked);
  clock.advance(499ms);
  EXPECT_FALSE(done.done());
  clock.advance(1ms);
  executor->wait(done);

  EXPECT_EQ(times, (std::vector<Time>{Time(), Time::from_millis(500)}));
}

TEST(ThreadExecutorTest, RunsOtherWorkWhileATimerWaits) {
  VirtualClock clock;
  auto executor = make_thread_executor(1, clock);
  Completion asked(1);
  Completion other(1);

  executor->submit(slice([&] {
    asked.arrive();
    return Next::until(Time::max());
  }));
  executor->wait(asked);
  executor->submit(slice([&] {
    other.arrive();
    return Next::idle();
  }));
  executor->wait(other);

  EXPECT_TRUE(other.done());
}

TEST(ThreadExecutorTest, FinishesWhatWasSubmittedBeforeItGoes) {
  std::atomic<int> runs{0};
  {
    auto executor = make_thread_executor(2, SystemClock::instance());
    for (int i = 0; i < 100; ++i) {
      executor->submit(slice([&] {
        ++runs;
        return Next::idle();
      }));
    }
  }

  EXPECT_EQ(runs, 100);
}

TEST(ThreadExecutorDeathTest, RefusesToWaitOnItsOwnWorker) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  auto wait_on_worker = [] {
    auto executor = make_thread_executor(1, SystemClock::instance());
    Completion never(1);
    Completion done(1);
    executor->submit(slice([&] {
      executor->wait(never);
      return Next::idle();
    }));
    executor->wait(done);
  };

  EXPECT_DEATH(wait_on_worker(), "a worker waits for its own pool");
}

TEST(SimulatedExecutorTest, RunsInTheSameOrderForTheSameSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(order_of(seed, 50), order_of(seed, 50));
  }
}

TEST(SimulatedExecutorTest, RunsInOtherOrdersForOtherSeeds) {
  std::set<std::vector<int>> orders;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto order = order_of(seed, 50);
    orders.insert(order);
    std::sort(order.begin(), order.end());
    std::vector<int> all(50);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(order, all);
  }

  EXPECT_EQ(orders.size(), 20U);
}

TEST(SimulatedExecutorTest, MovesAVirtualClockWhenOnlyTimersAreLeft) {
  VirtualClock clock;
  auto executor = make_simulated_executor(1, 7, clock);
  std::vector<std::int64_t> times_ms;
  Completion done(2);
  auto ticking = [&](std::int64_t every_ms) {
    return slice([&, every_ms, ticks = 0]() mutable {
      times_ms.push_back(clock.now().millis());
      if (++ticks < 3) return Next::until(clock.now() + std::chrono::milliseconds(every_ms));
      done.arrive();
      return Next::idle();
    });
  };

  executor->submit(ticking(100));
  executor->submit(ticking(1000));
  executor->wait(done);

  EXPECT_EQ(times_ms, (std::vector<std::int64_t>{0, 0, 100, 200, 1000, 2000}));
}

TEST(SimulatedExecutorTest, ServesSeveralWaitingThreads) {
  VirtualClock clock;
  auto executor = make_simulated_executor(2, 3, clock);
  std::atomic<int> runs{0};

  // Whose work is run by another thread and comes back as `again` must not be left alone with it.
  std::vector<std::thread> drivers;
  for (int driver = 0; driver < 3; ++driver) {
    drivers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        Completion done(1);
        executor->submit(slice([&done, &runs, left = 3]() mutable {
          ++runs;
          if (--left > 0) return Next::again();
          done.arrive();
          return Next::idle();
        }));
        executor->wait(done);
      }
    });
  }
  for (auto& driver : drivers) driver.join();

  EXPECT_EQ(runs, 3 * 200 * 3);
}

}  // namespace
}  // namespace thalweg
