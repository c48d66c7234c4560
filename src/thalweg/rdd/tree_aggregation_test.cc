// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/tree_aggregation.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"

namespace thalweg {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

class TreeAggregationTest : public ::testing::Test {
 protected:
  RDD<std::int64_t> range(std::int64_t end, int partitions) {
    return context_.range(0, end, 1, partitions);
  }

  Session session_{"local[2]", "test"};
  Context context_{session_};
};

TEST_F(TreeAggregationTest, GivesWhatAggregateGivesWhateverThePartitionsAndTheDepth) {
  using Sum = std::pair<std::int64_t, std::int64_t>;
  auto add = [](const Sum& sum, std::int64_t row) { return Sum(sum.first + row, sum.second + 1); };
  auto merge = [](const Sum& a, const Sum& b) {
    return Sum(a.first + b.first, a.second + b.second);
  };
  for (int partitions : {1, 2, 5, 16, 100}) {
    for (int depth : {1, 2, 3, 10}) {
      EXPECT_EQ(tree_aggregate(range(200, partitions), Sum(), add, merge, depth), Sum(19'900, 200))
          << partitions << " partitions, depth " << depth;
      EXPECT_EQ(tree_reduce(range(200, partitions), std::plus<>(), depth), 19'900);
    }
  }
}

TEST_F(TreeAggregationTest, StartsFromZeroOnceInEachPartition) {
  EXPECT_EQ(tree_aggregate(range(9, 10), std::int64_t{1}, std::plus<>(), std::plus<>()), 36 + 10);
}

TEST_F(TreeAggregationTest, KeepsTheOrderOfTheRows) {
  auto letters =
      range(26, 20).map([](std::int64_t i) { return std::string(1, static_cast<char>('a' + i)); });

  EXPECT_EQ(tree_reduce(letters, std::plus<>(), 3), "abcdefghijklmnopqrstuvwxyz");
}

TEST_F(TreeAggregationTest, MergesInTasksAllButTheLastFew) {
  const auto caller = std::this_thread::get_id();
  int in_caller = 0;
  auto merge = [&](std::int64_t a, std::int64_t b) {
    if (std::this_thread::get_id() == caller) ++in_caller;
    return a + b;
  };

  EXPECT_EQ(tree_aggregate(range(100, 100), std::int64_t{0}, std::plus<>(), merge), 4950);

  EXPECT_EQ(in_caller, 9) << "10 groups of 10 partitions leave 9 merges to the caller";
}

TEST_F(TreeAggregationTest, ReducesViewsAndEmptyPartitions) {
  std::vector<std::string_view> texts{"a text that is not short at all", "b", "c"};
  auto rows = context_.parallelize(texts, 9);
  auto longest = [](std::string_view a, std::string_view b) { return a.size() < b.size() ? b : a; };

  EXPECT_EQ(tree_reduce(rows, longest), "a text that is not short at all");
}

TEST_F(TreeAggregationTest, OfNoRowsIsZeroOrRefused) {
  auto none = context_.empty_rdd<int>();

  EXPECT_EQ(tree_aggregate(none, 5, std::plus<>(), std::plus<>()), 5);
  EXPECT_EQ(error_of([&] { (void)tree_reduce(none, std::plus<>()); }),
            "invalid_argument: tree_reduce of an RDD without rows");
  EXPECT_THAT(error_of([&] { (void)tree_reduce(range(0, 4), std::plus<>()); }),
              HasSubstr("without rows"));
}

TEST_F(TreeAggregationTest, RefusesADepthBelowOne) {
  EXPECT_THAT(error_of([&] { (void)tree_reduce(range(5, 5), std::plus<>(), 0); }),
              HasSubstr("a depth of at least 1: got 0"));
}

TEST_F(TreeAggregationTest, SaysWhatAFunctionThrew) {
  auto refuse = [](std::int64_t, std::int64_t row) -> std::int64_t {
    throw std::runtime_error("no " + std::to_string(row));
  };

  EXPECT_THAT(
      error_of([&] { (void)tree_aggregate(range(3, 1), std::int64_t{0}, refuse, std::plus<>()); }),
      HasSubstr("no 0"));
}

}  // namespace
}  // namespace thalweg
