// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/bytes/arena.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

TEST(ArenaTest, KeepsWhatWasCopied) {
  Arena arena;
  std::vector<std::string> texts;
  std::vector<std::string_view> copies;
  for (std::size_t size = 0; size < 3000; size += 7) {
    texts.emplace_back(size, static_cast<char>('a' + size % 26));
    copies.push_back(arena.copy(texts.back()));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(copies[i], texts[i]);
}

TEST(ArenaTest, TakesPiecesLargerThanItsBlocks) {
  Arena arena;
  std::string large(5 << 20, 'x');
  std::string_view small = arena.copy("small");
  EXPECT_EQ(arena.copy(large), large);
  EXPECT_EQ(arena.copy("after"), "after");
  EXPECT_EQ(small, "small");
  EXPECT_GE(arena.bytes(), large.size());
}

TEST(ArenaTest, TakesNothingForNothing) {
  Arena arena;
  EXPECT_TRUE(arena.copy("").empty());
  EXPECT_EQ(arena.bytes(), 0U);
}

TEST(ArenaTest, PiecesStayWhenTheArenaMoves) {
  Arena arena;
  std::string_view piece = arena.copy("piece");
  Arena other = std::move(arena);
  EXPECT_EQ(piece, "piece");
  EXPECT_EQ(other.copy("next"), "next");
  EXPECT_EQ(piece, "piece");
}

TEST(ArenaTest, CanBeUsedAgainAfterItWasCleared) {
  Arena arena;
  arena.copy("one");
  arena.clear();
  EXPECT_EQ(arena.bytes(), 0U);
  EXPECT_EQ(arena.copy("two"), "two");
}

TEST(ArenaTest, CanBeUsedAgainAfterItWasMovedFrom) {
  Arena arena;
  std::string_view piece = arena.copy("piece");
  Arena other = std::move(arena);
  arena = Arena();
  EXPECT_EQ(arena.copy("fresh"), "fresh");
  EXPECT_EQ(piece, "piece");
}

}  // namespace
}  // namespace thalweg
