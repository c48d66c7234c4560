// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/hash.h"

#include <cstdio>
#include <limits>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "thalweg/common/fields.h"
#include "thalweg/common/record.h"
#include "thalweg/testing/format_table.h"

namespace thalweg {
namespace {

struct Visit {
  std::string_view page;
  int count = 0;
};
THALWEG_FIELDS(Visit, page, count)

template <typename T>
std::uint64_t hash_of(const T& value) {
  return RecordTraits<T>::hash(value);
}

std::uint64_t hash_of(const char* text) { return hash_of(std::string_view(text)); }

using Text = std::string_view;

std::map<std::string, std::uint64_t> documented_values() {
  return {
      {"int 0", hash_of(0)},
      {"int 1", hash_of(1)},
      {"int -1", hash_of(-1)},
      {"int 2147483648", hash_of(std::int64_t{2147483648})},
      {"int -9223372036854775808", hash_of(std::numeric_limits<std::int64_t>::min())},
      {"bool true", hash_of(true)},
      {"real 0.0", hash_of(0.0)},
      {"real -0.0", hash_of(-0.0)},
      {"real 2.5", hash_of(2.5)},
      {"real nan", hash_of(std::numeric_limits<double>::quiet_NaN())},
      {"text \"\"", hash_of("")},
      {"text \"a\"", hash_of("a")},
      {"text \"ab\"", hash_of("ab")},
      {"text \"abc\"", hash_of("abc")},
      {"text \"word\"", hash_of("word")},
      {"text \"stream\"", hash_of("stream")},
      {"text \"thalweg\"", hash_of("thalweg")},
      {"text \"thalwegs\"", hash_of("thalwegs")},
      {"text \"0123456789abcdef\"", hash_of("0123456789abcdef")},
      {"text \"0123456789abcdef0\"", hash_of("0123456789abcdef0")},
      {"text \"The quick brown fox jumps over the lazy dog\"",
       hash_of("The quick brown fox jumps over the lazy dog")},
      {"bytes ff00fe", hash_of(Text("\xFF\0\xFE", 3))},
      {"pair (\"word\", 3)", hash_of(std::pair(Text("word"), 3))},
      {"tuple (1, 2.5, \"a\")", hash_of(std::tuple(1, 2.5, Text("a")))},
      {"tuple ()", hash_of(std::tuple<>())},
      {"optional none", hash_of(std::optional<int>())},
      {"optional 5", hash_of(std::optional<int>(5))},
      {"list ()", hash_of(std::vector<int>())},
      {"list (1, 2, 3)", hash_of(std::vector<int>{1, 2, 3})},
  };
}

TEST(HashTest, IsWhatIsDocumented) {
  auto rows = testing::read_format_table("key-hash.md");
  auto values = documented_values();
  EXPECT_EQ(rows.size(), values.size());
  for (const auto& [name, hash] : values) {
    SCOPED_TRACE(name);
    ASSERT_EQ(rows[name].size(), 3U);
    char hex[17];
    std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
    EXPECT_EQ(rows[name][0], hex);
    std::uint64_t group = ((hash >> 32) * 128) >> 32;
    EXPECT_EQ(rows[name][1], std::to_string(group));
    EXPECT_EQ(rows[name][2], std::to_string(group * 6 / 128));
  }
}

TEST(HashTest, IsTheSameForStringAndView) {
  std::string text;
  for (int size = 0; size < 100; ++size) {
    EXPECT_EQ(hash_of(text), hash_of(Text(text)));
    EXPECT_EQ(hash_of(std::pair(text, 1)), hash_of(std::pair(Text(text), 1)));
    text += static_cast<char>(size * 7);
  }
}

TEST(HashTest, IsTheSameForIntegersOfEveryWidth) {
  for (int value : {-100, -1, 0, 1, 100}) {
    std::uint64_t hash = hash_of(value);
    EXPECT_EQ(hash_of(static_cast<std::int8_t>(value)), hash);
    EXPECT_EQ(hash_of(static_cast<std::int64_t>(value)), hash);
    EXPECT_EQ(hash_of(static_cast<char>(value)), hash);
  }
  EXPECT_EQ(hash_of(std::uint8_t{200}), hash_of(200));
}

TEST(HashTest, DiffersWithTheOrderAndNumberOfParts) {
  EXPECT_NE(hash_of(std::pair(1, 2)), hash_of(std::pair(2, 1)));
  EXPECT_NE(hash_of(std::tuple(1)), hash_of(1));
  EXPECT_NE(hash_of(std::vector<int>{0}), hash_of(std::vector<int>{0, 0}));
  EXPECT_NE(hash_of(std::pair(Text("ab"), Text("c"))), hash_of(std::pair(Text("a"), Text("bc"))));
}

TEST(HashTest, OfAStructIsThatOfItsFields) {
  EXPECT_EQ(hash_of(Visit{"home", 3}), hash_of(std::pair(Text("home"), 3)));
}

}  // namespace
}  // namespace thalweg
