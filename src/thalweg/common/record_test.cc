// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/record.h"

#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/fields.h"
#include "thalweg/testing/format_table.h"

namespace thalweg {
namespace {

using Text = std::string_view;

enum class Colour : std::uint8_t { red, blue };

struct Order {
  std::int64_t id = 0;
  double amount = 0;
  std::string page;
  friend bool operator==(const Order&, const Order&) = default;
};
THALWEG_FIELDS(Order, id, amount, page)

struct Visit {
  Text page;
  std::vector<Text> tags;
};
THALWEG_FIELDS(Visit, page, tags)

struct NoDescription {
  int x = 0;
};

template <typename T>
std::string encoded(const T& value) {
  Encoder out;
  RecordTraits<T>::encode(value, out);
  return out.take();
}

template <typename T>
T decoded(std::string_view bytes) {
  Decoder in(bytes);
  T value = RecordTraits<T>::decode(in);
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.bytes_left(), 0U);
  return value;
}

/// What comes back is equal, and every shorter text of bytes is refused.
template <typename T>
void expect_round_trip(const T& value) {
  std::string bytes = encoded(value);
  EXPECT_TRUE(RecordTraits<T>::equal(decoded<T>(bytes), value));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Decoder in(Text(bytes).substr(0, size));
    RecordTraits<T>::decode(in);
    EXPECT_TRUE(in.failed()) << size;
  }
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (char byte : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) / 16];
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) % 16];
  }
  return text;
}

std::map<std::string, std::string> documented_values() {
  return {
      {"bool true", encoded(true)},
      {"int8 -1", encoded(std::int8_t{-1})},
      {"uint16 4660", encoded(std::uint16_t{4660})},
      {"int32 -2", encoded(-2)},
      {"int64 1", encoded(std::int64_t{1})},
      {"float 1.5", encoded(1.5F)},
      {"double -0.1", encoded(-0.1)},
      {"text \"\"", encoded(Text())},
      {"text \"word\"", encoded(Text("word"))},
      {"text of 300 times \"a\"", encoded(std::string(300, 'a'))},
      {"pair (\"word\", int32 3)", encoded(std::pair(Text("word"), 3))},
      {"tuple (int8 1, double 2.5, \"a\")", encoded(std::tuple(std::int8_t{1}, 2.5, Text("a")))},
      {"optional int32 none", encoded(std::optional<int>())},
      {"optional int32 5", encoded(std::optional<int>(5))},
      {"vector of int16 (1, 2, 3)", encoded(std::vector<std::int16_t>{1, 2, 3})},
      {"array of int16 (7, 8)", encoded(std::array<std::int16_t, 2>{7, 8})},
      {"vector of text (\"a\", \"bc\")", encoded(std::vector<Text>{"a", "bc"})},
      {"struct Order {int64 id 7, double amount 2.5, text page \"home\"}",
       encoded(Order{7, 2.5, "home"})},
  };
}

TEST(RecordTest, HasTheDocumentedBytes) {
  auto rows = testing::read_format_table("records.md");
  auto values = documented_values();
  EXPECT_EQ(rows.size(), values.size());
  for (const auto& [name, bytes] : values) {
    SCOPED_TRACE(name);
    ASSERT_EQ(rows[name].size(), 1U);
    std::string expected = rows[name][0];
    if (expected == "ac02 and 300 times 61") {
      expected = "ac02";
      for (int i = 0; i < 300; ++i) expected += "61";
    }
    EXPECT_EQ(hex(bytes), expected);
  }
}

TEST(RecordTest, ComesBackFromItsBytes) {
  expect_round_trip(true);
  expect_round_trip('x');
  expect_round_trip(std::numeric_limits<std::int64_t>::min());
  expect_round_trip(std::numeric_limits<double>::quiet_NaN());
  expect_round_trip(Colour::blue);
  expect_round_trip(std::string("w\xFF\0x", 4));
  expect_round_trip(std::string(1000, 'a'));
  expect_round_trip(Text("view"));
  expect_round_trip(std::pair(Text("word"), 3));
  expect_round_trip(std::tuple(1, std::string("two"), 3.0));
  expect_round_trip(std::optional<std::string>("value"));
  expect_round_trip(std::optional<std::string>());
  expect_round_trip(std::vector<std::pair<std::string, int>>{{"a", 1}, {"b", 2}});
  expect_round_trip(std::array<Text, 2>{"a", "b"});
  expect_round_trip(Order{7, 2.5, "home"});
  expect_round_trip(Visit{"home", {"new", "big"}});
}

TEST(RecordTest, RefusesBytesThatCannotBe) {
  Decoder array(Text("\x03\x01\x02\x03", 4));
  RecordTraits<std::array<std::int8_t, 2>>::decode(array);
  EXPECT_TRUE(array.failed());
  // A length that promises more than the memory of the machine.
  Decoder vector(Text("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x07", 11));
  EXPECT_EQ(RecordTraits<std::vector<std::int8_t>>::decode(vector).size(), 2U);
  EXPECT_TRUE(vector.failed());
  Decoder boolean(Text("\x02", 1));
  EXPECT_TRUE(RecordTraits<bool>::decode(boolean));
}

TEST(RecordTest, DecodedViewsPointIntoTheBytes) {
  std::string bytes = encoded(Text("word"));
  EXPECT_EQ(decoded<Text>(bytes).data(), bytes.data() + 1);
}

TEST(RecordTest, AdoptedViewsPointIntoTheArena) {
  std::string page = "home";
  std::string tag = "new";
  Visit visit{page, {tag}};
  Arena arena;
  RecordTraits<Visit>::adopt(visit, arena);
  page = "????";
  tag = "???";
  EXPECT_EQ(visit.page, "home");
  EXPECT_EQ(visit.tags[0], "new");
}

TEST(RecordTest, AnOwnedRecordHasStringsForViews) {
  static_assert(std::same_as<owned_t<Text>, std::string>);
  static_assert(std::same_as<owned_t<int>, int>);
  static_assert(std::same_as<owned_t<std::pair<Text, int>>, std::pair<std::string, int>>);
  static_assert(std::same_as<owned_t<std::tuple<std::optional<Text>, std::vector<Text>>>,
                             std::tuple<std::optional<std::string>, std::vector<std::string>>>);
  static_assert(std::same_as<owned_t<std::array<Text, 2>>, std::array<std::string, 2>>);
  static_assert(std::same_as<owned_t<NoDescription>, NoDescription>);
  EXPECT_EQ(own(std::pair(Text("a"), 1)), std::pair(std::string("a"), 1));
  EXPECT_EQ(own(std::vector<Text>{"a", "b"}), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(own(std::optional<Text>("a")), std::optional<std::string>("a"));
}

TEST(RecordTest, ReadsOnlySoManyItemsThatTakeNoBytes) {
  using Nothings = std::vector<std::tuple<>>;
  Encoder few;
  RecordTraits<Nothings>::encode(Nothings(3), few);
  Decoder read(few.bytes());
  EXPECT_EQ(RecordTraits<Nothings>::decode(read).size(), 3U);
  EXPECT_FALSE(read.failed());

  Encoder huge;
  huge.put_length(std::uint64_t{1} << 60);
  Decoder refused(huge.bytes());
  EXPECT_LE(RecordTraits<Nothings>::decode(refused).size(), items_without_bytes_max + 1);
  EXPECT_TRUE(refused.failed());
}

TEST(RecordTest, OwningMovesOnlyWhatItMay) {
  std::string text(100, 'a');
  EXPECT_EQ(own(text, false), text);
  EXPECT_EQ(own(text, true).size(), 100U);
  EXPECT_TRUE(text.empty());
}

TEST(RecordTest, KnowsWhoHasViews) {
  static_assert(has_views<Text> && has_views<std::pair<int, Text>> && has_views<Visit>);
  static_assert(!has_views<std::string> && !has_views<Order> && !has_views<NoDescription>);
  static_assert(OwningRecord<Order> && Record<Visit> && !OwningRecord<Visit>);
  static_assert(!Record<NoDescription> && !Record<std::vector<NoDescription>> && !Record<int*>);
  static_assert(!Record<const char*>);
}

TEST(RecordTest, PrintsAsScala) {
  EXPECT_EQ(to_text(3), "3");
  EXPECT_EQ(to_text(true), "true");
  EXPECT_EQ(to_text('x'), "x");
  EXPECT_EQ(to_text(2.0), "2.0");
  EXPECT_EQ(to_text(0.1F), "0.1");
  EXPECT_EQ(to_text(Colour::blue), "1");
  EXPECT_EQ(to_text(std::uint64_t{18446744073709551615U}), "18446744073709551615");
  EXPECT_EQ(to_text(Text("word")), "word");
  EXPECT_EQ(to_text(std::pair(Text("word"), 3)), "(word,3)");
  EXPECT_EQ(to_text(std::tuple(1, 2.5, std::string("x"))), "(1,2.5,x)");
  EXPECT_EQ(to_text(std::optional<int>(1)), "Some(1)");
  EXPECT_EQ(to_text(std::optional<int>()), "None");
  EXPECT_EQ(to_text(std::vector<int>{1, 2}), "List(1, 2)");
  EXPECT_EQ(to_text(std::vector<int>()), "List()");
  EXPECT_EQ(to_text(Order{1, 2.5, "home"}), "Order(1,2.5,home)");
  EXPECT_EQ(to_text(std::pair(std::pair(1, 2), std::vector{Order{}})),
            "((1,2),List(Order(0,0.0,)))");
}

TEST(RecordTest, EqualHasOneNotANumberAndOneZero) {
  double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(RecordTraits<double>::equal(nan, -nan));
  EXPECT_TRUE(RecordTraits<double>::equal(0.0, -0.0));
  EXPECT_FALSE(RecordTraits<double>::equal(0.0, nan));
}

TEST(RecordTest, CountsTheBytesItHolds) {
  EXPECT_EQ(RecordTraits<int>::heap_bytes(3), 0U);
  EXPECT_EQ(RecordTraits<Text>::heap_bytes("foreign"), 0U);
  EXPECT_EQ(RecordTraits<std::string>::heap_bytes("short"), 0U);
  EXPECT_GE(RecordTraits<Order>::heap_bytes(Order{1, 2, std::string(100, 'a')}), 100U);
  std::vector<std::string> texts(3, std::string(50, 'a'));
  EXPECT_GE(RecordTraits<decltype(texts)>::heap_bytes(texts), 150 + 3 * sizeof(std::string));
}

TEST(FieldsTest, KnowNamesInOrder) {
  constexpr auto fields = RecordTraits<Order>::fields();
  EXPECT_EQ(fields.type_name, "Order");
  EXPECT_EQ(fields.names, (std::array<std::string_view, 3>{"id", "amount", "page"}));
}

}  // namespace
}  // namespace thalweg
