// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/records.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

enum class Size : std::uint8_t { small, large };

struct Order {
  std::int64_t id = 0;
  double amount = 0;
  std::string page;
  bool paid = false;
  std::optional<std::int32_t> items;
  Size size = Size::small;
};
THALWEG_FIELDS(Order, id, amount, page, paid, items, size)

struct PageView {
  std::string_view page;
  std::int64_t id = 0;
};
THALWEG_FIELDS(PageView, id, page)

struct Narrow {
  std::int8_t id = 0;
};
THALWEG_FIELDS(Narrow, id)

struct Renamed {
  std::int64_t id = 0;
  std::string pgae;
};
THALWEG_FIELDS(Renamed, id, pgae)

struct Nested {
  std::vector<int> items;
};
THALWEG_FIELDS(Nested, items)

std::vector<Order> orders() {
  return {{1, 2.5, "home", true, 7, Size::large}, {2, -1, "", false, std::nullopt, Size::small}};
}

template <typename T>
Batch batch_of(const std::vector<T>& records) {
  auto batch = to_batch<T>(records);
  EXPECT_TRUE(batch.ok()) << batch.status().to_string();
  return std::move(batch).value();
}

/// All records of the batch, read in two parts.
template <typename T>
std::vector<T> read_all(const Batch& batch) {
  auto reader = BatchReader<T>::make(batch);
  EXPECT_TRUE(reader.ok()) << reader.status().to_string();
  std::vector<T> records(batch.row_count());
  std::size_t half = records.size() / 2;
  EXPECT_TRUE(reader.value().read(0, half, records.data()).ok());
  EXPECT_TRUE(reader.value().read(half, records.size() - half, records.data() + half).ok());
  return records;
}

template <typename T>
std::string error_of(const Batch& batch) {
  auto reader = BatchReader<T>::make(batch);
  if (!reader.ok()) return reader.status().to_string();
  std::vector<T> records(batch.row_count());
  return reader.value().read(0, records.size(), records.data()).to_string();
}

TEST(RecordsTest, GoAndComeBack) {
  auto back = read_all<Order>(batch_of(orders()));
  ASSERT_EQ(back.size(), 2U);
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_TRUE(RecordTraits<Order>::equal(back[i], orders()[i]));
  }
}

TEST(RecordsTest, ReadTheColumnsTheyName) {
  Batch batch = batch_of(orders());
  auto pages = read_all<PageView>(batch);
  EXPECT_EQ(pages[0].page, "home");
  EXPECT_EQ(pages[1].id, 2);
}

TEST(RecordsTest, ReadASlice) {
  auto back = read_all<Order>(batch_of(orders()).slice(1, 1));
  ASSERT_EQ(back.size(), 1U);
  EXPECT_TRUE(RecordTraits<Order>::equal(back[0], orders()[1]));
}

TEST(RecordsTest, ScalarsPairsAndTuples) {
  EXPECT_EQ(read_all<int>(batch_of<int>({1, -2, 3})), (std::vector<int>{1, -2, 3}));
  std::vector<std::pair<std::string, int>> counts{{"a", 1}, {"b", 2}};
  EXPECT_EQ((read_all<std::pair<std::string, int>>(batch_of(counts))), counts);
  std::vector<std::tuple<bool, float>> flags{{true, 0.5F}, {false, 1.F}};
  EXPECT_EQ((read_all<std::tuple<bool, float>>(batch_of(flags))), flags);
}

TEST(RecordsTest, ASingleValueReadsTheOnlyColumn) {
  std::vector<Narrow> records{{3}, {4}};
  EXPECT_EQ(read_all<int>(batch_of(records)), (std::vector<int>{3, 4}));
}

TEST(RecordsTest, LinesAreTextsAndViewTheBatch) {
  Batch batch = Batch::of_text("one\ntwo\r\n\n\xFF\n");
  auto lines = read_all<std::string_view>(batch);
  EXPECT_EQ(lines, (std::vector<std::string_view>{"one", "two", "", "\xFF"}));
  EXPECT_EQ(lines[0].data(), batch.text().data());
  EXPECT_EQ(read_all<std::string>(batch)[1], "two");
}

TEST(RecordsTest, LinesCanBeReadAgain) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i) + "\n";
  LineCursor cursor(Batch::of_text(text));
  std::string_view line;
  for (std::size_t row : {999U, 3U, 500U}) {
    EXPECT_EQ(cursor.read(row, 1, &line), 1U);
    EXPECT_EQ(line, std::to_string(row));
  }
  EXPECT_EQ(cursor.read(1000, 1, &line), 0U);
}

TEST(RecordsTest, WidenIntegersToFloats) {
  EXPECT_EQ(read_all<double>(batch_of<int>({1, 2})), (std::vector<double>{1, 2}));
}

TEST(RecordsTest, RefuseAMissingColumn) {
  EXPECT_EQ(error_of<Renamed>(batch_of(orders())),
            "invalid_argument: column not found: \"pgae\" of Renamed; did you mean \"page\"? The "
            "input has: id, amount, page, paid, items, size");
}

TEST(RecordsTest, RefuseAColumnOfAnotherType) {
  EXPECT_EQ(error_of<Narrow>(batch_of<Renamed>({{1, "a"}})), "ok");
  EXPECT_EQ(error_of<int>(batch_of<std::string>({"a"})),
            "invalid_argument: column has another type: \"value\" is text, a single value wants "
            "int64");
}

TEST(RecordsTest, RefuseAValueThatDoesNotFit) {
  EXPECT_EQ(
      error_of<Narrow>(batch_of<Renamed>({{1, ""}, {128, ""}})),
      "invalid_argument: value does not fit the field: \"id\" of Narrow is 128 in row 1; make "
      "the field wider");
  EXPECT_EQ(error_of<std::uint64_t>(batch_of<int>({-1})),
            "invalid_argument: value does not fit the field: \"value\" of a single value is -1 in "
            "row 0; make the field wider");
}

TEST(RecordsTest, RefuseANullWithoutOptional) {
  EXPECT_EQ(error_of<int>(batch_of<std::optional<int>>({1, std::nullopt})),
            "invalid_argument: value is null: \"value\" of a single value, row 1; make the field a "
            "std::optional");
}

TEST(RecordsTest, RefuseAnUnsignedValueBeyondInt64) {
  std::vector<std::uint64_t> values{1, std::numeric_limits<std::uint64_t>::max()};
  EXPECT_EQ(to_batch<std::uint64_t>(values).status().to_string(),
            "invalid_argument: value does not fit int64: column \"value\", row 1");
}

TEST(RecordsTest, ReadWhatFitsAndNameTheRest) {
  Batch batch = batch_of<Renamed>({{1, ""}, {128, ""}, {3, ""}});
  auto reader = BatchReader<Narrow>::make(batch).value();
  std::vector<Narrow> records(3);
  std::string refused;
  std::size_t fitting =
      reader.read_fitting(0, 3, records.data(), [&](std::size_t row, const Status& status) {
        refused += std::to_string(row) + ": " + std::string(status.message());
      });
  EXPECT_EQ(fitting, 2U);
  EXPECT_EQ(records[1].id, 3);
  EXPECT_EQ(refused,
            "1: value does not fit the field: \"id\" of Narrow is 128 in row 1; make the field "
            "wider");
}

TEST(RecordsTest, SayWhatTheyAskOfColumns) {
  Schema schema = schema_of(RecordColumns<Order>::shape());
  EXPECT_EQ(to_string(schema),
            "id int64, amount float64, page text, paid boolean, items int64, size int64");
  EXPECT_TRUE(schema.fields[0].required);
  EXPECT_FALSE(schema.fields[4].required);
  EXPECT_EQ(schema.fields[4].integer_max, std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(schema.fields[5].integer_min, 0);
  EXPECT_EQ(schema.fields[5].integer_max, 255);
}

TEST(RecordsTest, RefuseNestedFields) {
  std::vector<Nested> values(1);
  EXPECT_EQ(to_batch<Nested>(values).status().to_string(),
            "unsupported: field does not fit a column: \"items\" of Nested; columns hold scalars, "
            "texts and optionals of these");
}

TEST(RecordsTest, RefuseTextForAStruct) {
  EXPECT_EQ(error_of<Order>(Batch::of_text("1,2\n")),
            "invalid_argument: lines of text can't be read as Order; read them as std::string_view "
            "and parse them");
  EXPECT_EQ(error_of<Order>(Batch()), "ok");
}

}  // namespace
}  // namespace thalweg
