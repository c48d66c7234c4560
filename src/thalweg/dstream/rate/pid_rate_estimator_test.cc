// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/rate/pid_rate_estimator.h"

#include <chrono>

#include <gtest/gtest.h>

#include "thalweg/testing/error_of.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::error_of;

Time at(std::int64_t millis) { return Time::from_millis(millis); }

/// Only the given gains, and a low bound that does not show.
BackpressureOptions gains(double proportional, double integral = 0, double derived = 0) {
  BackpressureOptions options;
  options.min_rate = 1;
  options.proportional = proportional;
  options.integral = integral;
  options.derived = derived;
  return options;
}

TEST(PidRateEstimatorTest, TheFirstBatchOnlySetsTheBase) {
  PidRateEstimator estimator(1s, gains(1));

  EXPECT_EQ(estimator.compute(at(0), 1000, 100, 0), std::nullopt);
  EXPECT_EQ(estimator.compute(at(1000), 500, 100, 0), 5'000);
}

TEST(PidRateEstimatorTest, LearnsNothingFromBatchesThatTellNothing) {
  PidRateEstimator estimator(1s, gains(1));
  EXPECT_EQ(estimator.compute(at(1000), 100, 100, 0), std::nullopt);

  EXPECT_EQ(estimator.compute(at(1000), 500, 100, 0), std::nullopt) << "the same time";
  EXPECT_EQ(estimator.compute(at(999), 500, 100, 0), std::nullopt) << "an earlier time";
  EXPECT_EQ(estimator.compute(at(2000), 0, 100, 0), std::nullopt) << "no records";
  EXPECT_EQ(estimator.compute(at(2000), 500, 0, 0), std::nullopt) << "no delay";

  EXPECT_EQ(estimator.compute(at(2000), 500, 100, 0), 5'000);
}

TEST(PidRateEstimatorTest, AnEmptyBatchIsNoBase) {
  PidRateEstimator estimator(1s, gains(1));

  EXPECT_EQ(estimator.compute(at(0), 0, 100, 0), std::nullopt);
  EXPECT_EQ(estimator.compute(at(1000), 100, 100, 0), std::nullopt);
  EXPECT_EQ(estimator.compute(at(2000), 200, 100, 0), 2'000);
}

TEST(PidRateEstimatorTest, ThePartsAddUp) {
  // Base 1000 a second; then 500 a second, after a wait of half an interval.
  auto second = [](const BackpressureOptions& options) {
    PidRateEstimator estimator(1s, options);
    (void)estimator.compute(at(0), 1000, 1000, 0);
    return estimator.compute(at(2000), 500, 1000, 500);
  };

  EXPECT_EQ(second(gains(0)), 1'000);
  EXPECT_EQ(second(gains(0.5)), 750);
  EXPECT_EQ(second(gains(0, 0.2)), 950) << "250 records wait";
  EXPECT_EQ(second(gains(0, 0, 0.2)), 950) << "the error grew by 500 in 2 s";
  EXPECT_EQ(second(gains(0.5, 0.2, 0.2)), 650);
}

TEST(PidRateEstimatorTest, NoEstimateIsBelowTheLowestRate) {
  BackpressureOptions options;
  PidRateEstimator estimator(1s, options);
  (void)estimator.compute(at(0), 10, 1000, 0);

  EXPECT_EQ(estimator.compute(at(1000), 10, 1000, 60'000), options.min_rate);
}

TEST(PidRateEstimatorTest, RefusesParametersThatMakeNoSense) {
  auto refused = [](auto change) {
    BackpressureOptions options;
    change(options);
    return error_of([&] { PidRateEstimator(1s, options); });
  };

  EXPECT_EQ(error_of([] { PidRateEstimator(0s, {}); }),
            "invalid_argument: batch interval must be positive: got 0 ms");
  EXPECT_EQ(refused([](auto& options) { options.min_rate = 0; }),
            "invalid_argument: backpressure: min_rate must be a positive number of records per "
            "second: got 0.0");
  EXPECT_EQ(refused([](auto& options) { options.proportional = -1; }),
            "invalid_argument: backpressure: proportional must be 0 or more: got -1.0");
  EXPECT_EQ(refused([](auto& options) { options.integral = -0.5; }),
            "invalid_argument: backpressure: integral must be 0 or more: got -0.5");
  EXPECT_EQ(refused([](auto& options) { options.derived = -2; }),
            "invalid_argument: backpressure: derived must be 0 or more: got -2.0");
  EXPECT_EQ(refused([](auto& options) { options.max_rate = 0; }),
            "invalid_argument: backpressure: max_rate must be a positive number of records per "
            "second: got 0.0");
}

}  // namespace
}  // namespace thalweg
