// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/sampling.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"

namespace thalweg {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Numbers = std::vector<std::int64_t>;

class SamplingTest : public ::testing::Test {
 protected:
  Session session_{"local[2]", "test"};
  Context context_{session_};
};

TEST_F(SamplingTest, TakesExactlyAsManyRowsAsWereAskedFor) {
  for (int partitions : {1, 3, 8}) {
    auto rows = context_.range(0, 1000, 1, partitions);
    for (std::size_t count : {1, 7, 100, 999}) {
      Numbers taken = take_sample(rows, false, count, 11);
      EXPECT_THAT(taken, SizeIs(count));
      EXPECT_THAT(std::set(taken.begin(), taken.end()), SizeIs(count)) << "a row came twice";
    }
  }
}

TEST_F(SamplingTest, TakesMoreRowsThanThereAreOnlyWithReplacement) {
  auto rows = context_.range(0, 3, 1, 2);

  EXPECT_THAT(take_sample(rows, false, 10, 1), UnorderedElementsAre(0, 1, 2));
  EXPECT_THAT(take_sample(rows, true, 10, 1), SizeIs(10));
}

TEST_F(SamplingTest, OfNothingOrNoneIsEmpty) {
  EXPECT_THAT(take_sample(context_.empty_rdd<int>(), true, 5, 1), IsEmpty());
  EXPECT_THAT(take_sample(context_.range(10), false, 0, 1), IsEmpty());
}

TEST_F(SamplingTest, DrawsTheSameRowsWithTheSameSeedOnly) {
  auto rows = context_.range(0, 10'000, 1, 4);

  EXPECT_EQ(take_sample(rows, false, 50, 7), take_sample(rows, false, 50, 7));
  EXPECT_NE(take_sample(rows, false, 50, 7), take_sample(rows, false, 50, 8));
}

TEST_F(SamplingTest, ChancesAreTheSameForEveryRowAndPlace) {
  auto rows = context_.range(0, 10, 1, 3);
  std::vector<int> drawn(10, 0);
  std::vector<int> first(10, 0);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Numbers taken = take_sample(rows, false, 4, seed);
    for (std::int64_t row : taken) ++drawn[static_cast<std::size_t>(row)];
    ++first[static_cast<std::size_t>(taken[0])];
  }
  // 200 and 50 are expected: five standard deviations of a binomial distribution around them.
  for (int times : drawn) EXPECT_NEAR(times, 200, 55);
  for (int times : first) EXPECT_NEAR(times, 50, 34);
}

TEST_F(SamplingTest, HandsOutOwnedRowsOfAnyType) {
  std::vector<std::string_view> views{"a text that is not short at all", "b"};
  std::vector<std::string> texts = take_sample(context_.parallelize(views, 2), false, 2, 3);
  std::vector<bool> flags = take_sample(context_.parallelize({true, true, true}), false, 2, 3);

  EXPECT_THAT(texts, UnorderedElementsAre("a text that is not short at all", "b"));
  EXPECT_EQ(flags, (std::vector<bool>{true, true}));
}

TEST_F(SamplingTest, RefusesToRepeatARowTooOften) {
  EXPECT_THAT(
      testing::error_of([&] { (void)take_sample(context_.range(1), true, 2'000'000'000, 1); }),
      HasSubstr("at most 1.0E9"));
}

}  // namespace
}  // namespace thalweg
