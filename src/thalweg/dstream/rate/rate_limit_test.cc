// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/rate/rate_limit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;

/// A clock that is at once at the time that is waited for, and remembers how long that was.
class ObligingClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return now_; }
  [[nodiscard]] Time monotonic() const override { return now_; }
  bool wait_until(Time time, std::stop_token stop) override {
    if (stop.stop_requested()) return false;
    now_ = std::max(now_, time);
    if (waited) waited(now_);
    return true;
  }
  [[nodiscard]] bool is_real() const override { return false; }
  void advance(Duration length) { now_ = now_ + length; }

  std::function<void(Time)> waited;

 private:
  Time now_;
};

class RateLimitTest : public ::testing::Test {
 protected:
  /// Takes records one by one until `time`, and says how many those were.
  std::int64_t pass_until(Time time) {
    std::int64_t records = 0;
    while (clock_.now() < time && limit_.acquire(1, {})) ++records;
    return records;
  }

  ObligingClock clock_;
  RateLimit limit_{clock_};
};

TEST_F(RateLimitTest, HoldsNothingBackWithoutALimit) {
  EXPECT_TRUE(std::isinf(limit_.rate()));
  EXPECT_TRUE(limit_.acquire(1'000'000'000, {}));
  EXPECT_EQ(limit_.acquire_up_to(1000, {}), 1000);
  EXPECT_EQ(clock_.now(), Time());
}

TEST_F(RateLimitTest, LetsSoManyPassInASecond) {
  for (double rate : {0.5, 3.0, 100.0, 12'345.0}) {
    limit_.set(rate);
    std::int64_t passed = pass_until(clock_.now() + 10s);
    EXPECT_NEAR(static_cast<double>(passed), 10 * rate, 1 + rate / 100) << rate;
  }
}

TEST_F(RateLimitTest, KeepsWhatWasNotUsedForASecond) {
  limit_.set(100);
  clock_.advance(60s);

  Time begin = clock_.now();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limit_.acquire(1, {}));
  EXPECT_EQ(clock_.now(), begin);
  EXPECT_NEAR(static_cast<double>(pass_until(begin + 1s)), 100, 1);
}

TEST_F(RateLimitTest, ManyTogetherAreWaitedForAfterwards) {
  limit_.set(100);

  EXPECT_TRUE(limit_.acquire(500, {}));
  EXPECT_EQ(clock_.now(), Time(1s));
  EXPECT_TRUE(limit_.acquire(1, {}));
  EXPECT_GE(clock_.now(), Time(5s));
}

TEST_F(RateLimitTest, GivesOutWhatThereIsAndTakesItBack) {
  limit_.set(1000);
  clock_.advance(500ms);

  EXPECT_EQ(limit_.acquire_up_to(300, {}), 300);
  EXPECT_EQ(limit_.acquire_up_to(300, {}), 200);
  limit_.give_back(150);
  EXPECT_EQ(limit_.acquire_up_to(300, {}), 150);
  EXPECT_EQ(clock_.now(), Time(500ms));
  EXPECT_EQ(limit_.acquire_up_to(300, {}), 20) << "what comes in 20 ms";
  EXPECT_EQ(clock_.now(), Time(520ms));
}

TEST_F(RateLimitTest, MayChangeWhileSomeoneWaits) {
  limit_.set(0.001);
  clock_.waited = [&](Time now) {
    if (now == Time(500ms)) limit_.set(10);
  };

  EXPECT_TRUE(limit_.acquire(1, {}));

  EXPECT_LE(clock_.now(), Time(600ms));
  EXPECT_EQ(limit_.rate(), 10);
}

TEST_F(RateLimitTest, ALowerRateHoldsAtOnce) {
  limit_.set(1'000'000);
  clock_.advance(1s);
  limit_.set(10);

  EXPECT_LE(pass_until(Time(2s)), 20);
}

TEST(RateLimitStopTest, WhoWaitsCanBeStopped) {
  VirtualClock clock;
  RateLimit limit(clock);
  limit.set(1);
  std::stop_source stop;
  std::latch waiting(2);
  std::thread one([&] {
    waiting.count_down();
    EXPECT_FALSE(limit.acquire(1, stop.get_token()));
  });
  std::thread some([&] {
    waiting.count_down();
    EXPECT_EQ(limit.acquire_up_to(10, stop.get_token()), 0);
  });
  waiting.wait();

  stop.request_stop();

  one.join();
  some.join();
  EXPECT_FALSE(limit.acquire(1, stop.get_token()));
}

}  // namespace
}  // namespace thalweg
