// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::error_of;
using testing::TemporaryDirectory;
using Numbers = std::vector<std::int64_t>;

/// An RDD of 0 to 99 in 4 partitions that counts how often its rows are made.
struct Counted {
  explicit Counted(const Context& context)
      : rows(context.range(0, 100, 1, 4).map([made = made](auto x) {
          ++*made;
          return x;
        })) {}
  std::shared_ptr<std::atomic<int>> made = std::make_shared<std::atomic<int>>(0);
  RDD<std::int64_t> rows;
};

TEST(KeepingTest, ComputesKeptPartitionsOnce) {
  for (auto level : {StorageLevel::memory, StorageLevel::memory_and_disk, StorageLevel::disk}) {
    Session session("local[2]");
    Counted given{Context(session)};
    given.rows.persist(level);

    EXPECT_EQ(given.rows.sum(), 4950);
    EXPECT_EQ(given.rows.map([](auto x) { return x; }).sum(), 4950);
    EXPECT_EQ(*given.made, 100);
    EXPECT_EQ(given.rows.storage_level(), level);
    given.rows.unpersist();
    EXPECT_EQ(session.state()->blocks.block_count(), 0U);
    EXPECT_EQ(given.rows.sum(), 4950);
    EXPECT_EQ(*given.made, 200);
  }
}

TEST(KeepingTest, ComputesALostPartitionAgain) {
  Session session("local[2]");
  Counted given{Context(session)};
  given.rows.cache();
  EXPECT_EQ(given.rows.sum(), 4950);

  session.state()->blocks.remove({BlockId::Kind::partition, given.rows.id().value, 2, 0});

  EXPECT_EQ(given.rows.sum(), 4950);
  EXPECT_EQ(*given.made, 125);
}

TEST(KeepingTest, LetsGoOfKeptPartitionsWithTheLastHandle) {
  Session session("local[2]");
  {
    Counted given{Context(session)};
    given.rows.cache();
    EXPECT_EQ(given.rows.count(), 100);
    EXPECT_EQ(session.state()->blocks.block_count(), 4U);
  }

  EXPECT_EQ(session.state()->blocks.block_count(), 0U);
  EXPECT_EQ(session.memory().used_bytes(), 0);
}

TEST(KeepingTest, KeepsOwnedBytesOfViews) {
  Session session("local[2]");
  Context context(session);
  auto words = context.parallelize({"some words of a line", "and some others"}, 2)
                   .flat_map(split(' '))
                   .map([](std::string_view word) { return std::pair(word, word.size()); });
  words.cache();

  EXPECT_EQ(words.count(), 8);
  EXPECT_EQ(words.collect()[6].first, "some");
}

TEST(KeepingTest, ReadsACheckpointInPlaceOfTheLineage) {
  Session session("local[2]");
  Context context(session);
  TemporaryDirectory directory;
  Counted given(context);
  auto sums =
      given.rows.map([](auto x) { return std::pair(x % 3, x); }).reduce_by_key(std::plus<>());
  sums.checkpoint(directory.path());
  EXPECT_FALSE(sums.is_checkpointed());

  auto first = sums.collect();

  EXPECT_TRUE(sums.is_checkpointed());
  EXPECT_EQ(*given.made, 100);
  EXPECT_EQ(sums.collect(), first);
  EXPECT_EQ(sums.lookup(1), Numbers{1617});
  EXPECT_EQ(*given.made, 100);
  EXPECT_EQ(sums.to_debug_string(),
            "(4) reduce_by_key (rdd " + std::to_string(sums.id().value) + ") [checkpointed]\n");
}

TEST(KeepingTest, ShowsTheLineage) {
  Session session("local[2]");
  Context context(session);
  auto rows = context.range(0, 4, 1, 2);
  rows.set_name("numbers");
  auto pairs = rows.map([](auto x) { return std::pair(x, x); });
  auto sums = pairs.reduce_by_key(std::plus<>(), 3);
  sums.persist(StorageLevel::memory_and_disk);
  auto number = [](const auto& rdd) { return std::to_string(rdd.id().value); };

  EXPECT_EQ(sums.to_debug_string(), "(3) reduce_by_key (rdd " + number(sums) +
                                        ") [memory_and_disk]\n  (2) map (rdd " + number(pairs) +
                                        ")\n  (2) range \"numbers\" (rdd " + number(rows) + ")\n");
  EXPECT_EQ(rows.name(), "numbers");
}

TEST(KeepingTest, BroadcastsUntilDestroyed) {
  Session session("local[2]");
  Context context(session);
  auto names = context.broadcast(std::vector<std::string>{"zero", "one"});

  EXPECT_EQ(context.range(2).map([=](auto x) { return (*names)[std::size_t(x)]; }).collect()[1],
            "one");
  EXPECT_EQ(names->size(), 2U);
  names.destroy();
  EXPECT_EQ(error_of([&] { (void)names.value(); }), "invalid_argument: broadcast " +
                                                        std::to_string(names.id().value) +
                                                        " was destroyed; make a new one");
}

TEST(KeepingTest, SpillsUnderASmallLimitAndAnswersTheSame) {
  auto answer = [](std::int64_t memory_bytes_max, bool* spilled) {
    Session session("local[2]", "test", {.memory_bytes_max = memory_bytes_max});
    Context context(session);
    auto pairs = context.range(0, 100'000, 1, 8).map([](auto x) {
      return std::pair("key " + std::to_string(x * 7919 % 30'000), x);
    });
    pairs.persist(StorageLevel::memory_and_disk);
    auto sums = pairs.reduce_by_key(std::plus<>(), 5).collect();
    auto groups = pairs.group_by_key(3).map_values([](const auto& v) { return v.size(); }).count();
    EXPECT_EQ(groups, 30'000);
    *spilled = session.spilled_bytes() > 0;
    return sums;
  };
  bool small_spilled = false;
  bool large_spilled = false;

  auto small = answer(1 << 20, &small_spilled);
  auto large = answer(1 << 30, &large_spilled);

  EXPECT_TRUE(small_spilled);
  EXPECT_FALSE(large_spilled);
  EXPECT_EQ(small.size(), 30'000U);
  EXPECT_EQ(small, large);
}

/// Every kind of shuffle, with an answer that shows any change of order.
std::string answer_of(const std::string& master, std::optional<std::uint64_t> seed) {
  Session session(master, "test", {.simulation_seed = seed});
  Context context(session);
  auto pairs = context.range(0, 3000, 1, 7).map([](auto x) {
    return std::pair("k" + std::to_string(x * 31 % 97), double(x) * 0.1);
  });
  auto sums = pairs.reduce_by_key(std::plus<>(), 5);
  auto joined = sums.join(pairs.sample(false, 0.1, 3), 4).map([](const auto& row) {
    return row.first + to_text(row.second.first * row.second.second);
  });
  auto all = union_of<std::string>(
      {joined.repartition(3), joined.distinct(),
       pairs.group_by_key(2).map([](const auto& row) { return to_text(row); }),
       joined.sort_by([](const auto& text) { return text.substr(0, 2); })});
  std::string text;
  for (const auto& row : all.collect()) text += row + "\n";
  return text;
}

TEST(KeepingTest, ChargesTheTablesOfReductionsAndGroupsWhileTheyAreRead) {
  Session session("local[1]");
  Context context(session);
  auto pairs = context.range(100000).map([](auto x) { return std::pair(x, x); });
  const std::int64_t table_bytes = 100000 * 2 * static_cast<std::int64_t>(sizeof(std::int64_t));
  auto charged_above_blocks = [&](const auto& rdd) {
    std::atomic<std::int64_t> most{0};
    rdd.for_each([&](const auto&) { most = std::max(most.load(), session.memory().used_bytes()); });
    return most - session.memory().used_bytes();  // What is left are the shuffle's blocks.
  };

  EXPECT_GE(charged_above_blocks(pairs.reduce_by_key(std::plus<>(), 1)), table_bytes);
  EXPECT_GE(charged_above_blocks(pairs.group_by_key(1)), table_bytes);
  EXPECT_GE(charged_above_blocks(pairs.cogroup(pairs, 1)), 2 * table_bytes);
}

TEST(KeepingTest, MakesTheSameOutputOfTheSameInput) {
  const std::string expected = answer_of("local[1]", std::nullopt);
  for (auto master : {"local[2]", "local[4]"}) {
    EXPECT_TRUE(answer_of(master, std::nullopt) == expected) << master;
  }
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_TRUE(answer_of("local[2]", seed) == expected) << "seed " << seed;
  }
}

TEST(KeepingTest, ServesHandlesFromSeveralThreads) {
  Session session("local[2]");
  Context context(session);
  TemporaryDirectory directory;
  auto pairs = context.range(0, 2000, 1, 4).map([](auto x) { return std::pair(x % 10, x); });
  auto sums = pairs.reduce_by_key(std::plus<>(), 3);
  sums.cache();
  sums.checkpoint(directory.path());

  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([=] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(sums.values().sum(), 1999 * 1000);
        EXPECT_EQ(pairs.union_with(sums).group_by_key(2).count(), 10);
        if (i == 5) sums.unpersist();
        if (i == 7) sums.set_name("renamed");
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(sums.count(), 10);
}

/// Runs `work` on a thread whose stack has 1 MiB; with a simulated executor tasks run there too.
void on_small_stack(std::function<void()> work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{1} << 20);
  pthread_t thread;
  auto run = [](void* given) -> void* {
    (*static_cast<std::function<void()>*>(given))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &work), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST(LineageTest, MayBeAHundredThousandMapsLong) {
  on_small_stack([] {
    Session session("local", "test", {.simulation_seed = 1});
    auto rows = Context(session).range(0, 10, 1, 2);
    for (int i = 0; i < 100'000; ++i) rows = rows.map([](auto x) { return x + 1; });

    EXPECT_EQ(rows.sum(), 45 + 1'000'000);
  });
}

TEST(LineageTest, MayBeAHundredThousandUnionsLong) {
  on_small_stack([] {
    Session session("local", "test", {.simulation_seed = 1});
    Context context(session);
    auto rows = context.range(0, 10, 1, 2);
    auto none = context.empty_rdd<std::int64_t>();
    for (int i = 0; i < 100'000; ++i) rows = rows.union_with(none);

    EXPECT_EQ(rows.sum(), 45);
    auto many = std::vector<RDD<std::int64_t>>(2'000, context.range(0, 2, 1, 1));
    EXPECT_EQ(union_of(many).count(), 4'000);
  });
}

TEST(LineageTest, MayHaveTwoThousandShuffles) {
  on_small_stack([] {
    Session session("local", "test", {.simulation_seed = 1});
    auto rows = Context(session).range(0, 10, 1, 2).map([](auto x) { return std::pair(x, x); });
    for (int i = 0; i < 2'000; ++i) rows = rows.reduce_by_key(std::plus<>());

    EXPECT_EQ(rows.values().sum(), 45);
  });
}

TEST(LineageTest, ReadsWhatIsKeptHalfWayInPlaceOfWhatIsBelow) {
  TemporaryDirectory directory;
  on_small_stack([&] {
    Session session("local", "test", {.simulation_seed = 1});
    Counted given{Context(session)};
    auto rows = given.rows;
    std::vector<RDD<std::int64_t>> landings;
    for (int i = 0; i < 20'000; ++i) {
      rows = rows.map([](auto x) { return x + 1; });
      if (rows.node()->is_landing()) landings.push_back(rows);
    }
    ASSERT_GT(landings.size(), 50U);
    landings[20].cache();
    landings[40].checkpoint(directory.path());

    for (int round = 0; round < 3; ++round) EXPECT_EQ(rows.sum(), 4950 + 2'000'000);
    EXPECT_EQ(landings[30].count(), 100);

    EXPECT_EQ(*given.made, 100);
    EXPECT_TRUE(landings[40].is_checkpointed());
  });
}

}  // namespace
}  // namespace thalweg
