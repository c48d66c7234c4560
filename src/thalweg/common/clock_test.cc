// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/clock.h"

#include <thread>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;

TEST(VirtualClockTest, StandsStillUntilMoved) {
  VirtualClock clock(Time::from_millis(5));
  EXPECT_EQ(clock.now(), Time::from_millis(5));
  clock.advance(2ms);
  EXPECT_EQ(clock.now(), Time::from_millis(7));
  EXPECT_EQ(clock.monotonic(), clock.now());
  clock.advance_to(Time::from_millis(100));
  EXPECT_EQ(clock.now(), Time::from_millis(100));
  EXPECT_FALSE(clock.is_real());
}

TEST(VirtualClockTest, WakesWhoWaitsForATimeThatHasCome) {
  VirtualClock clock;
  bool came = false;
  std::jthread waiting([&] { came = clock.wait_until(Time::from_millis(10), {}); });
  clock.advance(5ms);
  clock.advance(5ms);
  waiting.join();
  EXPECT_TRUE(came);
  EXPECT_TRUE(clock.wait_until(Time::from_millis(10), {}));
}

TEST(VirtualClockTest, AStopEndsAWait) {
  VirtualClock clock;
  std::stop_source stop;
  bool came = true;
  std::jthread waiting([&] { came = clock.wait_until(Time::max(), stop.get_token()); });
  stop.request_stop();
  waiting.join();
  EXPECT_FALSE(came);
}

TEST(VirtualClockDeathTest, DoesNotGoBack) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  VirtualClock clock(Time::from_millis(5));
  EXPECT_DEATH(clock.advance_to(Time::from_millis(4)), "virtual clock moved backwards");
}

TEST(SystemClockTest, GoesOn) {
  SystemClock& clock = SystemClock::instance();
  EXPECT_TRUE(clock.is_real());
  Time before = clock.monotonic();
  EXPECT_GE(clock.monotonic(), before);
  // 2020: whoever runs this has a clock that was set.
  EXPECT_GT(clock.now(), Time::from_millis(1'577'836'800'000));
}

TEST(SystemClockTest, DoesNotWaitForThePastNorAfterAStop) {
  SystemClock& clock = SystemClock::instance();
  EXPECT_TRUE(clock.wait_until(clock.now() - 1s, {}));
  std::stop_source stop;
  std::jthread waiting([&] { EXPECT_FALSE(clock.wait_until(Time::max(), stop.get_token())); });
  stop.request_stop();
}

}  // namespace
}  // namespace thalweg
