// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"

namespace thalweg {
namespace {

using testing::error_of;

constexpr std::int64_t large = std::int64_t{1} << 30;
constexpr std::int64_t small = std::int64_t{1} << 19;
/// What is shuffled of the pairs below, to disk.
constexpr std::int64_t shuffled_bytes = 900'000;

/// What a program of `rows` pairs answers in a session of so much memory.
struct Answer {
  std::string text;
  std::int64_t spilled_bytes = 0;
};

template <typename Program>
Answer answer_within(std::int64_t memory_bytes_max, const Program& program) {
  Session session("local[2]", "test", {.memory_bytes_max = memory_bytes_max});
  Answer answer;
  {
    Context context(session);
    auto pairs = context.range(0, 30'000, 1, 3).map([](std::int64_t number) {
      return std::pair(number * 7919 % 1'000, "the text of number " + std::to_string(number));
    });
    for (const auto& row : program(pairs).collect()) answer.text += to_text(row) + "\n";
  }
  answer.spilled_bytes = session.spilled_bytes();
  EXPECT_EQ(session.state()->blocks.block_count(), 0U);
  EXPECT_EQ(session.memory().used_bytes(), 0);
  return answer;
}

/// A small session spills so many bytes and more, a large one none, and both answer the same.
template <typename Program>
void expect_same_however_little_memory(std::int64_t spilled_bytes_min, const Program& program) {
  Answer in_memory = answer_within(large, program);
  Answer spilled = answer_within(small, program);

  EXPECT_EQ(in_memory.spilled_bytes, 0);
  EXPECT_GE(spilled.spilled_bytes, spilled_bytes_min);
  EXPECT_FALSE(in_memory.text.empty());
  EXPECT_TRUE(spilled.text == in_memory.text);
}

TEST(SpillingTest, SortsRowsInRunsAndLeavesEqualOnesInTheirOrder) {
  for (bool ascending : {true, false}) {
    expect_same_however_little_memory(
        2 * shuffled_bytes, [&](const auto& pairs) { return pairs.sort_by_key(ascending, 2); });
  }
}

TEST(SpillingTest, SortsByTextsThatAreViews) {
  expect_same_however_little_memory(shuffled_bytes, [](const auto& pairs) {
    return pairs.values()
        .flat_map(split(' '))
        .sort_by([](std::string_view word) { return word; }, true, 1)
        .zip_with_index();
  });
}

TEST(SpillingTest, GroupsValuesInTheOrderInWhichTheyCame) {
  // Shuffled, and then sorted by group in runs.
  expect_same_however_little_memory(2 * shuffled_bytes,
                                    [](const auto& pairs) { return pairs.group_by_key(2); });
}

TEST(SpillingTest, GroupsValuesThatAreViews) {
  expect_same_however_little_memory(shuffled_bytes, [](const auto& pairs) {
    return pairs.values()
        .flat_map(split(' '))
        .map([](std::string_view word) { return std::pair(word.size(), word); })
        .group_by_key(1);
  });
}

TEST(SpillingTest, GroupsByKeysThatAreViews) {
  expect_same_however_little_memory(shuffled_bytes, [](const auto& pairs) {
    return pairs.values()
        .flat_map(split(' '))
        .map([](std::string_view word) { return std::pair(word, word); })
        .group_by_key(2);
  });
}

TEST(SpillingTest, SendsRowsInPiecesWhereTheyOutgrowMemory) {
  expect_same_however_little_memory(shuffled_bytes,
                                    [](const auto& pairs) { return pairs.repartition(2); });
}

TEST(SpillingTest, WritesLostPiecesAgain) {
  Session session("local[2]", "test", {.memory_bytes_max = small});
  Context context(session);
  auto sorted = context.range(0, 100'000, 1, 2).sort_by([](auto x) { return -x; }, true, 2);
  const auto first = sorted.collect();
  ASSERT_EQ(first.size(), 100'000U);

  std::size_t before = session.state()->blocks.block_count();
  for (std::int64_t owner = 0; owner < 1'000; ++owner) {
    session.state()->blocks.remove_all(BlockId::Kind::shuffle, owner);
  }

  EXPECT_GT(before, 4U) << "more than one piece for each of two partitions of two";
  EXPECT_TRUE(sorted.collect() == first);
}

TEST(SpillingTest, NamesTheKeyOfAGroupThatIsTooLarge) {
  Session session("local[2]", "test", {.memory_bytes_max = std::int64_t{8} << 20});
  Context context(session);
  auto pairs = context.range(0, 50'000, 1, 4).map([](std::int64_t number) {
    return std::pair(std::string(number % 2 == 0 ? "whale" : "minnow " + std::to_string(number)),
                     std::string(100, 'x'));
  });
  auto groups = pairs.group_by_key(2);

  const std::string message = error_of([&] { (void)groups.count(); });

  EXPECT_TRUE(message.ends_with(
      "group_by_key (rdd " + std::to_string(groups.id().value) +
      "): the group of key \"whale\" takes more than 2 MiB, a quarter of the session's memory (8 "
      "MiB), "
      "and a group is held whole; reduce or aggregate by key, which needs no groups, divide the "
      "key, or raise memory_bytes_max"))
      << message;
  // As the message advises:
  auto sizes = pairs.map_values([](const auto& text) { return text.size(); });
  EXPECT_EQ(sizes.reduce_by_key(std::plus<>(), 2).lookup("whale"),
            std::vector<std::size_t>{2'500'000});
  Session larger("local[2]", "test", {.memory_bytes_max = std::int64_t{64} << 20});
  EXPECT_EQ(
      Context(larger)
          .range(0, 50'000, 1, 4)
          .map([](std::int64_t number) { return std::pair(number % 2, std::string(100, 'x')); })
          .group_by_key(2)
          .count(),
      2);
}

}  // namespace
}  // namespace thalweg
