// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/rate/rate_controller.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/testing/error_of.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::error_of;

/// A batch of stream 0 that has run.
BatchReport report(Time submitted, Time started, Time ended, std::int64_t records) {
  BatchReport report;
  report.batch_time = submitted;
  report.input_records[0] = records;
  report.submitted = submitted;
  report.started = started;
  report.ended = ended;
  return report;
}

class RateControllerTest : public ::testing::Test {
 protected:
  double first_rate(const BackpressureOptions& options) {
    return RateController(1s, clock_, options).limit_of(0)->rate();
  }
  VirtualClock clock_;
};

TEST_F(RateControllerTest, TheFirstRateIsTheInitialOneButNeverMoreThanTheHighest) {
  EXPECT_TRUE(std::isinf(first_rate({})));
  EXPECT_TRUE(std::isinf(first_rate({.backpressure = true})));
  EXPECT_EQ(first_rate({.max_rate = 500}), 500);
  EXPECT_EQ(first_rate({.backpressure = true, .max_rate = 500}), 500);
  EXPECT_EQ(first_rate({.backpressure = true, .initial_rate = 200, .max_rate = 500}), 200);
  EXPECT_EQ(first_rate({.backpressure = true, .initial_rate = 900, .max_rate = 500}), 500);
  EXPECT_TRUE(std::isinf(first_rate({.initial_rate = 200}))) << "only with backpressure";
}

TEST_F(RateControllerTest, FollowsWhatBatchesManage) {
  RateController controller(1s, clock_, {.backpressure = true});
  auto limit = controller.limit_of(0);
  EXPECT_EQ(limit, controller.limit_of(0));

  controller.on_batch_completed(report(Time(1s), Time(1s), Time(2s), 4000));
  EXPECT_TRUE(std::isinf(limit->rate())) << "the first batch sets the base";
  controller.on_batch_completed(report(Time(2s), Time(2s), Time(3s), 3000));
  EXPECT_EQ(limit->rate(), 3000);
  EXPECT_TRUE(std::isinf(controller.limit_of(1)->rate())) << "another stream";
}

TEST_F(RateControllerTest, NoEstimateIsAboveTheHighestRate) {
  RateController controller(1s, clock_, {.backpressure = true, .max_rate = 1500});
  auto limit = controller.limit_of(0);

  controller.on_batch_completed(report(Time(1s), Time(1s), Time(2s), 4000));
  controller.on_batch_completed(report(Time(2s), Time(2s), Time(3s), 3000));

  EXPECT_EQ(limit->rate(), 1500);
}

TEST_F(RateControllerTest, WithoutBackpressureItLearnsNothing) {
  RateController controller(1s, clock_, {.max_rate = 5000});
  auto limit = controller.limit_of(0);

  controller.on_batch_completed(report(Time(1s), Time(1s), Time(2s), 4000));
  controller.on_batch_completed(report(Time(2s), Time(2s), Time(3s), 3000));

  EXPECT_FALSE(controller.learns());
  EXPECT_EQ(limit->rate(), 5000);
}

TEST_F(RateControllerTest, SkipsStreamsThatItDoesNotLimitAndBatchesThatDidNotEnd) {
  RateController controller(1s, clock_, {.backpressure = true, .initial_rate = 100});
  controller.on_batch_completed(report(Time(1s), Time(1s), Time(2s), 4000));
  auto limit = controller.limit_of(0);
  BatchReport unfinished = report(Time(2s), Time(2s), Time(3s), 4000);
  unfinished.ended.reset();
  controller.on_batch_completed(unfinished);

  EXPECT_EQ(limit->rate(), 100);
}

TEST_F(RateControllerTest, RefusesOptionsThatMakeNoSense) {
  EXPECT_EQ(error_of([&] { RateController(1s, clock_, {.initial_rate = -1}); }),
            "invalid_argument: backpressure: initial_rate must be a positive number of records per "
            "second: got -1.0");
}

/// What a stream does that sends `offered` records a second into batches of a second, where `speed`
/// records a second are processed. Gives the scheduling delay of each batch, in seconds.
std::vector<double> scheduling_delays(const BackpressureOptions& options, double offered,
                                      double speed, int batches) {
  VirtualClock clock;
  RateController controller(1s, clock, options);
  auto limit = controller.limit_of(0);
  std::vector<double> delays;
  std::vector<BatchReport> running;
  Time free;
  for (int batch = 1; batch <= batches; ++batch) {
    Time submitted = Time(batch * 1s);
    double records = std::min(offered, limit->rate());
    Time started = std::max(submitted, free);
    free = started + Duration(static_cast<std::int64_t>(records / speed * 1e6));
    running.push_back(report(submitted, started, free, static_cast<std::int64_t>(records)));
    delays.push_back(static_cast<double>((started - submitted).count()) / 1e6);
    // The controller hears of a batch when it ends, not when it is made.
    std::erase_if(running, [&](const BatchReport& ran) {
      bool over = *ran.ended <= submitted + 1s;
      if (over) controller.on_batch_completed(ran);
      return over;
    });
  }
  return delays;
}

TEST_F(RateControllerTest, AStreamTenTimesTooFastIsSlowedUntilTheDelayStopsGrowing) {
  auto free = scheduling_delays({}, 10'000, 1'000, 300);
  EXPECT_GT(free.back(), 2'000);

  auto held = scheduling_delays({.backpressure = true, .initial_rate = 10'000}, 10'000, 1'000, 300);
  auto highest = std::max_element(held.begin(), held.end());
  EXPECT_LT(*highest, 200);
  EXPECT_LT(highest - held.begin(), 30) << "it grows only while the first batches run";
  for (std::size_t batch = 250; batch < held.size(); ++batch) EXPECT_LT(held[batch], 2) << batch;
}

}  // namespace
}  // namespace thalweg
