// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/statistics.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"

namespace thalweg {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StatisticsTest : public ::testing::Test {
 protected:
  Session session_{"local[2]", "test"};
  Context context_{session_};
};

TEST_F(StatisticsTest, GathersAllInOnePassWhateverThePartitions) {
  for (int partitions : {1, 2, 3, 7}) {
    Statistics found = statistics(context_.parallelize({2, 4, 4, 4, 5, 5, 7, 9}, partitions));
    EXPECT_EQ(found.count(), 8);
    EXPECT_DOUBLE_EQ(found.mean(), 5);
    EXPECT_DOUBLE_EQ(found.sum(), 40);
    EXPECT_DOUBLE_EQ(found.stdev(), 2);
    EXPECT_DOUBLE_EQ(found.sample_variance(), 32.0 / 7);
    EXPECT_EQ(found.min(), 2);
    EXPECT_EQ(found.max(), 9);
  }
}

TEST_F(StatisticsTest, OfNothingHaveNoVariance) {
  Statistics none = statistics(context_.empty_rdd<double>());
  EXPECT_EQ(none.count(), 0);
  EXPECT_EQ(none.mean(), 0);
  EXPECT_TRUE(std::isnan(none.variance()));
  EXPECT_TRUE(std::isnan(none.sample_variance()));
}

TEST_F(StatisticsTest, KeepTheirPrecisionFarFromZero) {
  Statistics found = statistics(context_.parallelize({1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}, 2));
  EXPECT_DOUBLE_EQ(found.sample_variance(), 30);
}

TEST_F(StatisticsTest, HistogramCountsTheLastEdgeAndNothingOutside) {
  auto numbers = context_.parallelize({-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, std::nan("")}, 3);
  EXPECT_THAT(histogram(numbers, std::vector<double>{0, 1, 2}), ElementsAre(2, 2));
}

TEST_F(StatisticsTest, HistogramOfEqualWidthsGoesFromTheSmallestToTheLargest) {
  auto [edges, counts] = histogram(context_.range(0, 51), 2);
  EXPECT_THAT(edges, ElementsAre(0, 25, 50));
  EXPECT_THAT(counts, ElementsAre(25, 26));
}

TEST_F(StatisticsTest, HistogramOfOneNumberHasOneBucket) {
  auto [edges, counts] = histogram(context_.parallelize({3, 3, 3}), 5);
  EXPECT_THAT(edges, ElementsAre(3, 3));
  EXPECT_THAT(counts, ElementsAre(3));
}

TEST_F(StatisticsTest, HistogramRefusesWhatMakesNoSense) {
  auto numbers = context_.parallelize({1, 2});
  EXPECT_THAT(testing::error_of([&] { (void)histogram(numbers, 0); }), HasSubstr("got 0"));
  EXPECT_THAT(testing::error_of([&] {
                (void)histogram(numbers, std::vector<double>{2, 1});
              }),
              HasSubstr("must ascend"));
  EXPECT_THAT(testing::error_of([&] { (void)histogram(context_.empty_rdd<int>(), 2); }),
              HasSubstr("no numbers"));
}

}  // namespace
}  // namespace thalweg
