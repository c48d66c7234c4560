// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/distinct_counting.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"

namespace thalweg {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

class DistinctCountingTest : public ::testing::Test {
 protected:
  Session session_{"local[2]", "test"};
  Context context_{session_};
};

TEST_F(DistinctCountingTest, IsAsExactAsWasAskedFor) {
  for (double relative_sd : {0.1, 0.05, 0.01}) {
    for (std::int64_t rows : {10, 1000, 20'000, 300'000}) {
      auto found = count_approx_distinct(context_.range(0, rows, 1, 3), relative_sd);
      // Four standard deviations.
      EXPECT_NEAR(static_cast<double>(found), static_cast<double>(rows),
                  4 * relative_sd * static_cast<double>(rows) + 1)
          << "relative_sd " << relative_sd;
    }
  }
}

TEST_F(DistinctCountingTest, CountsWhatComesAgainOnce) {
  auto words = context_.range(0, 100'000, 1, 4).map([](std::int64_t i) {
    return std::pair("word " + std::to_string(i % 100), i % 2 == 0);
  });

  EXPECT_NEAR(static_cast<double>(count_approx_distinct(words, 0.01)), 100, 3);
}

TEST_F(DistinctCountingTest, OfNothingIsZero) {
  EXPECT_EQ(count_approx_distinct(context_.empty_rdd<int>()), 0);
  EXPECT_EQ(count_approx_distinct(context_.range(0, 0, 1, 3)), 0);
}

TEST_F(DistinctCountingTest, TakesHashesOfOnlyZerosForOneThing) {
  DistinctCounter counter(0.05);
  for (int i = 0; i < 10; ++i) counter.add(0);

  EXPECT_EQ(counter.count(), 1);
}

TEST_F(DistinctCountingTest, RefusesMoreThanItCanReach) {
  for (double relative_sd : {0.0, -1.0, 0.000'01, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(error_of([&] { (void)count_approx_distinct(context_.range(3), relative_sd); }),
                HasSubstr("must be at least 0.000017"));
  }
}

}  // namespace
}  // namespace thalweg
