// SPDX-License-Identifier: Apache-2.0
#include "thalweg/state/state_table.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/random.h"

namespace thalweg {
namespace {

using Table = StateTable<std::string, int>;
using Version = Table::Version;
using Entries = std::vector<std::pair<std::string, int>>;

std::uint64_t hash(const std::string& key) { return RecordTraits<std::string>::hash(key); }

void put(Table::Draft& draft, const std::string& key, int state) {
  draft.set(draft.place_of(key, hash(key)), state);
}

Entries entries(const Version& version) {
  Entries all;
  version.for_each([&](const std::string& key, int state) { all.emplace_back(key, state); });
  return all;
}

TEST(StateTableTest, KeepsKeysInTheOrderInWhichTheyCame) {
  Table table;
  Table::Draft draft(table);
  put(draft, "b", 1);
  put(draft, "a", 2);
  put(draft, "b", 3);

  EXPECT_EQ(entries(draft.finish()), (Entries{{"b", 3}, {"a", 2}}));
}

TEST(StateTableTest, LeavesOlderVersionsAsTheyWere) {
  Table table;
  Table::Draft first(table);
  for (int i = 0; i < 1000; ++i) put(first, "key" + std::to_string(i), i);
  Version before = first.finish();
  Entries expected = entries(before);

  Table::Draft second(table);
  for (int i = 0; i < 2000; i += 3) put(second, "key" + std::to_string(i), -i);
  second.erase(*second.find("key1", hash("key1")));
  Version after = second.finish();

  EXPECT_EQ(entries(before), expected);
  EXPECT_EQ(after.size(), 1000U + 333U - 1U);
}

TEST(StateTableTest, ForgetsADraftThatIsNotFinished) {
  Table table;
  Table::Draft first(table);
  put(first, "a", 1);
  first.finish();
  {
    Table::Draft abandoned(table);
    put(abandoned, "a", 9);
    abandoned.erase(*abandoned.find("a", hash("a")));
    for (int i = 0; i < 500; ++i) put(abandoned, "new" + std::to_string(i), i);
  }

  Table::Draft again(table);

  EXPECT_FALSE(again.find("new7", hash("new7")));
  ASSERT_TRUE(again.find("a", hash("a")));
  EXPECT_EQ(*again.state(*again.find("a", hash("a"))), 1);
  put(again, "b", 2);
  EXPECT_EQ(entries(again.finish()), (Entries{{"a", 1}, {"b", 2}}));
}

TEST(StateTableTest, PutsAKeyThatComesAgainLast) {
  Table table;
  Table::Draft first(table);
  put(first, "a", 1);
  put(first, "b", 2);
  first.finish();
  Table::Draft second(table);
  second.erase(*second.find("a", hash("a")));
  second.finish();

  Table::Draft third(table);
  put(third, "a", 3);

  EXPECT_EQ(entries(third.finish()), (Entries{{"b", 2}, {"a", 3}}));
}

TEST(StateTableTest, SharesPagesThatDidNotChange) {
  Table table;
  Table::Draft first(table);
  for (int i = 0; i < 3 * 256; ++i) put(first, "key" + std::to_string(i), i);
  Version before = first.finish();
  Table::Draft second(table);
  put(second, "key300", 1);
  Version after = second.finish();

  EXPECT_EQ(after.page_numbers()[0], before.page_numbers()[0]);
  EXPECT_NE(after.page_numbers()[1], before.page_numbers()[1]);
  EXPECT_EQ(after.page_numbers()[2], before.page_numbers()[2]);
}

TEST(StateTableTest, GivesTheRoomOfForgottenKeysBack) {
  Table table;
  for (int round = 0; round < 20; ++round) {
    Table::Draft draft(table);
    for (int i = 0; i < 1000; ++i) {
      std::string old = "key" + std::to_string((round - 1) * 1000 + i);
      if (auto place = draft.find(old, hash(old))) draft.erase(*place);
      put(draft, "key" + std::to_string(round * 1000 + i), i);
    }
    draft.finish();
  }

  EXPECT_EQ(table.newest().size(), 1000U);
  EXPECT_LE(table.newest().page_count(), 14U);
}

TEST(StateTableTest, HoldsWhatAMapHoldsWhateverIsDoneToIt) {
  Random random(7);
  Table table;
  std::map<std::string, int> expected;
  for (int round = 0; round < 200; ++round) {
    auto before = expected;
    Table::Draft draft(table);
    for (int i = 0; i < 50; ++i) {
      std::string key = "key" + std::to_string(random.below(300));
      if (random.below(3) == 0) {
        if (auto place = draft.find(key, hash(key))) draft.erase(*place);
        expected.erase(key);
      } else {
        put(draft, key, round * 100 + i);
        expected[key] = round * 100 + i;
      }
    }
    if (random.below(4) == 0) {
      expected = before;  // The draft goes unfinished.
    } else {
      draft.finish();
    }
    std::map<std::string, int> found;
    table.newest().for_each([&](const std::string& key, int state) { found[key] = state; });
    ASSERT_EQ(found, expected) << round;
    ASSERT_EQ(table.newest().size(), expected.size());
  }
}

}  // namespace
}  // namespace thalweg
