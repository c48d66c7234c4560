// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/rdd/partitioner.h"
#include "thalweg/testing/batches.h"

namespace thalweg {
namespace {

using testing::Batches;
using testing::sorted;
using testing::VirtualStreams;
using Pair = std::pair<std::string, int>;

TEST(PairStreamTest, MapsValuesAndKeepsKeys) {
  VirtualStreams streams;
  auto stream =
      streams.given<Pair>({{{"a", 1}, {"b", 2}}}).map_values([](int x) { return 10 * x; });

  EXPECT_EQ(streams.run(stream, 1), (Batches<Pair>{{{"a", 10}, {"b", 20}}}));
}

TEST(PairStreamTest, FlatMapsValues) {
  VirtualStreams streams;
  auto stream = streams.given<Pair>({{{"a", 2}, {"b", 0}}}).flat_map_values([](int x) {
    return std::vector<int>(static_cast<std::size_t>(x), x);
  });

  EXPECT_EQ(streams.run(stream, 1), (Batches<Pair>{{{"a", 2}, {"a", 2}}}));
}

TEST(PairStreamTest, GroupsTheValuesOfEachKey) {
  VirtualStreams streams;
  auto groups = streams.given<Pair>({{{"a", 1}, {"b", 2}, {"a", 3}}, {}}).group_by_key();

  EXPECT_EQ(sorted(streams.run(groups, 2)),
            (Batches<std::pair<std::string, std::vector<int>>>{{{"a", {1, 3}}, {"b", {2}}}, {}}));
}

TEST(PairStreamTest, ReducesTheValuesOfEachKeyBatchByBatch) {
  VirtualStreams streams;
  auto sums = streams.given<Pair>({{{"a", 1}, {"b", 2}, {"a", 3}}, {{"a", 5}}})
                  .reduce_by_key(std::plus<>());

  EXPECT_EQ(sorted(streams.run(sums, 2)), (Batches<Pair>{{{"a", 4}, {"b", 2}}, {{"a", 5}}}));
}

TEST(PairStreamTest, CombinesTheValuesOfEachKeyInAnotherType) {
  VirtualStreams streams;
  auto lists = streams.given<Pair>({{{"a", 1}, {"a", 2}, {"b", 3}}}, 2)
                   .combine_by_key([](int x) { return std::to_string(x); },
                                   [](std::string sum, int x) { return sum + std::to_string(x); },
                                   [](std::string a, const std::string& b) { return a + b; }, 3);

  EXPECT_EQ(sorted(streams.run(lists, 1)),
            (Batches<std::pair<std::string, std::string>>{{{"a", "12"}, {"b", "3"}}}));
}

TEST(PairStreamTest, PartitionsByAPartitioner) {
  VirtualStreams streams;
  auto stream = streams.given<Pair>({{{"a", 1}, {"b", 2}, {"a", 3}}})
                    .partition_by(std::make_shared<HashPartitioner<std::string>>(4));
  auto parts = streams.run(stream.glom(), 1);

  ASSERT_EQ(parts[0].size(), 4u);
  for (const auto& part : parts[0]) {
    int of_a = 0;
    for (const auto& [key, value] : part) of_a += key == "a" ? 1 : 0;
    EXPECT_TRUE(of_a == 0 || of_a == 2) << "one key lies in one partition";
  }
}

class JoinTest : public ::testing::Test {
 protected:
  using Other = std::pair<std::string, std::string>;

  VirtualStreams streams_;
  DStream<Pair> left_ = streams_.given<Pair>({{{"a", 1}, {"b", 2}}, {}});
  DStream<Other> right_ = streams_.given<Other>({{{"b", "x"}, {"c", "y"}}, {{"a", "z"}}});
};

TEST_F(JoinTest, InnerHasTheKeysOfBoth) {
  using Row = std::pair<std::string, std::pair<int, std::string>>;

  EXPECT_EQ(sorted(streams_.run(left_.join(right_), 2)), (Batches<Row>{{{"b", {2, "x"}}}, {}}));
}

TEST_F(JoinTest, LeftOuterHasAllKeysOfTheLeft) {
  using Row = std::pair<std::string, std::pair<int, std::optional<std::string>>>;

  EXPECT_EQ(sorted(streams_.run(left_.left_outer_join(right_), 2)),
            (Batches<Row>{{{"a", {1, std::nullopt}}, {"b", {2, "x"}}}, {}}));
}

TEST_F(JoinTest, RightOuterHasAllKeysOfTheRight) {
  using Row = std::pair<std::string, std::pair<std::optional<int>, std::string>>;

  EXPECT_EQ(
      sorted(streams_.run(left_.right_outer_join(right_), 2)),
      (Batches<Row>{{{"b", {2, "x"}}, {"c", {std::nullopt, "y"}}}, {{"a", {std::nullopt, "z"}}}}));
}

TEST_F(JoinTest, FullOuterHasAllKeys) {
  using Row = std::pair<std::string, std::pair<std::optional<int>, std::optional<std::string>>>;

  EXPECT_EQ(sorted(streams_.run(left_.full_outer_join(right_, 1), 2)),
            (Batches<Row>{{{"a", {1, std::nullopt}}, {"b", {2, "x"}}, {"c", {std::nullopt, "y"}}},
                          {{"a", {std::nullopt, "z"}}}}));
}

TEST_F(JoinTest, CogroupListsTheValuesOfBothSides) {
  using Row = std::pair<std::string, std::pair<std::vector<int>, std::vector<std::string>>>;

  EXPECT_EQ(sorted(streams_.run(left_.cogroup(right_), 2)),
            (Batches<Row>{{{"a", {{1}, {}}}, {"b", {{2}, {"x"}}}, {"c", {{}, {"y"}}}},
                          {{"a", {{}, {"z"}}}}}));
}

}  // namespace
}  // namespace thalweg
