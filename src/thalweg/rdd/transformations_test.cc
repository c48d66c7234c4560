// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <limits>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/fields.h"
#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"

namespace thalweg {
namespace {

using testing::error_of;
using Numbers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

struct Order {
  std::int64_t id = 0;
  std::string page;
  auto operator<=>(const Order&) const = default;
};
THALWEG_FIELDS(Order, id, page)

/// Each case runs with its rows in one partition and in four.
class TransformationsTest : public ::testing::TestWithParam<int> {
 protected:
  RDD<std::int64_t> range(std::int64_t end) { return context_.range(0, end, 1, GetParam()); }
  template <typename T>
  auto given(std::initializer_list<T> rows) {
    return context_.parallelize(rows, GetParam());
  }
  /// The texts as views, as a reader of text hands them out.
  RDD<std::string_view> views(std::initializer_list<const char*> texts) {
    return context_.parallelize(std::vector<std::string_view>(texts.begin(), texts.end()),
                                GetParam());
  }

  Session session_{"local[2]"};
  Context context_{session_};
};

INSTANTIATE_TEST_SUITE_P(Partitions, TransformationsTest, ::testing::Values(1, 4));

template <typename T>
std::vector<T> sorted(std::vector<T> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

TEST_P(TransformationsTest, MapsEveryRow) {
  EXPECT_EQ(range(5).map([](auto x) { return x * x; }).collect(), (Numbers{0, 1, 4, 9, 16}));
  EXPECT_EQ(range(5).map([](auto x) { return x % 2 == 0; }).collect(),
            (std::vector<bool>{true, false, true, false, true}));
  EXPECT_EQ(views({"a", "bc"}).map([](const std::string& text) { return text + "!"; }).collect(),
            (Texts{"a!", "bc!"}));
  EXPECT_EQ(context_.empty_rdd<int>().map([](int x) { return x; }).count(), 0);
}

TEST_P(TransformationsTest, HandsOutOwnedRowsOfViews) {
  Texts texts = views({"a text that is not short at all", ""}).collect();

  EXPECT_EQ(texts, (Texts{"a text that is not short at all", ""}));
  using Row = std::tuple<std::string_view, std::optional<std::string_view>, int>;
  auto rows = views({"left-right"}).map([](std::string_view text) {
    return Row(text.substr(0, 4), text.substr(5), 7);
  });
  std::vector<std::tuple<std::string, std::optional<std::string>, int>> owned = rows.collect();
  EXPECT_EQ(owned.front(), std::tuple("left", std::optional<std::string>("right"), 7));
}

TEST_P(TransformationsTest, FiltersRows) {
  auto few = range(10'000).filter([](auto x) { return x % 2500 == 7; });

  EXPECT_EQ(few.collect(), (Numbers{7, 2507, 5007, 7507}));
  EXPECT_EQ(few.filter([](auto x) { return x > 5000; }).map([](auto x) { return -x; }).collect(),
            (Numbers{-5007, -7507}));
  EXPECT_TRUE(range(10).filter([](auto) { return false; }).collect().empty());
}

TEST_P(TransformationsTest, FlatMapsToRangesOfAnySize) {
  auto repeated =
      range(60).flat_map([](auto x) { return Numbers(static_cast<std::size_t>(x * 100), x); });
  Numbers expected;
  for (std::int64_t x = 0; x < 60; ++x) {
    expected.insert(expected.end(), static_cast<std::size_t>(x * 100), x);
  }

  EXPECT_EQ(repeated.collect(), expected);
  EXPECT_EQ(range(3).flat_map([](auto) { return Texts(); }).count(), 0);
}

TEST_P(TransformationsTest, LeavesWhatAFlatMapOnlyShowsWhereItIs) {
  Texts shared{"a text that is not short at all", "another text that is not short"};
  auto shown = range(3).flat_map([&](auto) { return std::span<std::string>(shared); });

  EXPECT_EQ(shown.count(), 6);
  EXPECT_EQ(shown.collect()[5], "another text that is not short");
  EXPECT_EQ(shared[0], "a text that is not short at all");
}

TEST_P(TransformationsTest, SplitsTextsAsScalaDoes) {
  auto lines = views({"a b  c ", "", " ", "d"});

  EXPECT_EQ(lines.flat_map(split(' ')).collect(), (Texts{"a", "b", "", "c", "", "d"}));
  auto by_call = [](std::string_view text) { return Split{' '}(text); };
  EXPECT_EQ(lines.flat_map(by_call).collect(), lines.flat_map(split(' ')).collect());
  std::string long_line;
  for (int i = 0; i < 5000; ++i) long_line += std::to_string(i) + ",";
  auto fields = context_.parallelize(Texts{long_line, long_line}, GetParam()).flat_map(split(','));
  EXPECT_EQ(fields.count(), 10'000);
  EXPECT_EQ(fields.collect()[5001], "1");
}

TEST_P(TransformationsTest, ParsesRowsAndSetsTheBadOnesAside) {
  auto parsed = given({"1", "x", "22", ""}).parse([](const std::string& text) -> Parsed<int> {
    if (text.empty()) throw BadRecord("empty");
    if (text[0] == 'x') return Unparsed{"not a number"};
    return std::stoi(text);
  });

  EXPECT_EQ(parsed.collect(), (std::vector<int>{1, 22}));
  Texts letters;
  for (const auto& letter : session_.dead_letters().latest()) {
    letters.push_back(letter.reason + ":" + letter.bytes);
  }
  EXPECT_EQ(sorted(letters), (Texts{"empty:", "not a number:x"}));
}

TEST_P(TransformationsTest, CountsABadRecordOnceHoweverManyJobsReadIt) {
  auto parsed =
      given({"x1", "1", "x2", "x3", "2"}).parse([](const std::string& text) -> Parsed<int> {
        if (text[0] == 'x') return Unparsed{"not a number"};
        return std::stoi(text);
      });

  EXPECT_EQ(parsed.take(1), std::vector<int>{1});
  EXPECT_EQ(parsed.count(), 2);
  EXPECT_EQ(parsed.zip(parsed).count(), 2);
  EXPECT_EQ(session_.dead_letters().count(), 3);
}

TEST_P(TransformationsTest, MapsPartitionsLazily) {
  std::atomic<int> seen{0};
  auto counted = range(100'000).map([&](auto x) {
    ++seen;
    return x;
  });
  auto firsts = counted.map_partitions([](Rows<std::int64_t> rows) {
    Numbers first;
    for (auto x : rows) {
      first.push_back(x);
      break;
    }
    return first;
  });
  auto lazily = views({"long texts are kept in place", "b"}).map_partitions([](auto rows) {
    return std::ranges::subrange(rows.begin(), rows.end()) |
           std::views::transform([](std::string_view text) { return text.substr(1); });
  });

  EXPECT_EQ(firsts.count(), GetParam());
  EXPECT_LE(seen, GetParam() * static_cast<int>(chunk_rows_max));
  EXPECT_EQ(lazily.collect(), (Texts{"ong texts are kept in place", ""}));
}

TEST_P(TransformationsTest, NumbersItsPartitions) {
  auto marked = range(8).map_partitions_with_index([](int partition, Rows<std::int64_t> rows) {
    std::vector<std::pair<int, std::int64_t>> pairs;
    for (auto x : rows) pairs.emplace_back(partition, x);
    return pairs;
  });

  for (auto [partition, x] : marked.collect()) EXPECT_EQ(partition, x * GetParam() / 8);
}

TEST_P(TransformationsTest, GlomsPartitions) {
  auto vectors = range(8).glom().collect();

  EXPECT_EQ(vectors.size(), static_cast<std::size_t>(GetParam()));
  EXPECT_EQ(vectors.front().front(), 0);
  EXPECT_EQ(vectors.back().back(), 7);
  auto texts = views({"a text that is not short at all"}).glom().collect();
  EXPECT_EQ(texts.back(), Texts{"a text that is not short at all"});
}

TEST_P(TransformationsTest, KeysByAFunction) {
  EXPECT_EQ(given({"a", "bb"}).key_by([](const std::string& t) { return t.size(); }).collect(),
            (std::vector<std::pair<std::size_t, std::string>>{{1, "a"}, {2, "bb"}}));
}

TEST_P(TransformationsTest, SamplesTheSameRowsForTheSameSeed) {
  auto once = range(10'000).sample(false, 0.1, 7).collect();
  auto often = range(1'000).sample(true, 3.0, 7).collect();

  EXPECT_EQ(range(10'000).sample(false, 0.1, 7).collect(), once);
  EXPECT_NE(range(10'000).sample(false, 0.1, 8).collect(), once);
  EXPECT_NEAR(static_cast<double>(once.size()), 1000, 150);
  EXPECT_EQ(std::set(once.begin(), once.end()).size(), once.size());
  EXPECT_EQ(range(1'000).sample(true, 3.0, 7).collect(), often);
  EXPECT_NEAR(static_cast<double>(often.size()), 3000, 300);
  EXPECT_TRUE(range(100).sample(false, 0, 1).collect().empty());
  EXPECT_EQ(range(100).sample(false, 1, 1).count(), 100);
  EXPECT_EQ(error_of([&] { (void)range(1).sample(false, 1.5, 1); }),
            "invalid_argument: sample fraction must be at least 0, and at most 1 without "
            "replacement: got 1.5");
}

TEST_P(TransformationsTest, SamplesWithReplacementWhateverTheFraction) {
  EXPECT_NEAR(static_cast<double>(range(100'000).sample(true, 0.25, 7).count()), 25'000, 1'000);
  EXPECT_NEAR(static_cast<double>(range(1'000).sample(true, 1.5, 7).count()), 1'500, 200);
  // exp(-1000) is no double.
  EXPECT_NEAR(static_cast<double>(range(100).sample(true, 1000, 7).count()), 100'000, 2'000);
  EXPECT_NEAR(static_cast<double>(range(1).sample(true, 1e6, 7).count()), 1e6, 10'000);
  EXPECT_EQ(range(100).sample(true, 0, 7).count(), 0);
  EXPECT_EQ(error_of([&] { (void)range(1).sample(true, 1e300, 1); }),
            "invalid_argument: sample fraction must be at most 1.0E9 with replacement: got "
            "1.0E300");
}

TEST_P(TransformationsTest, SplitsRowsByChanceWithoutLosingOne) {
  auto parts = range(10'000).random_split({1, 3}, 11);

  auto first = parts[0].collect();
  auto second = parts[1].collect();
  EXPECT_NEAR(static_cast<double>(first.size()), 2500, 300);
  first.insert(first.end(), second.begin(), second.end());
  EXPECT_EQ(sorted(first), range(10'000).collect());
  EXPECT_EQ(error_of([&] {
              (void)range(1).random_split({0, 0}, 1);
            }),
            "invalid_argument: random_split weights add up to 0");
  EXPECT_EQ(error_of([&] { (void)range(1).random_split({-1}, 1); }),
            "invalid_argument: random_split weights must not be negative: got -1.0");
}

TEST_P(TransformationsTest, UnitesRowsInOrder) {
  auto both = range(3).union_with(context_.empty_rdd<std::int64_t>()).union_with(range(2));

  EXPECT_EQ(both.collect(), (Numbers{0, 1, 2, 0, 1}));
  EXPECT_EQ(union_of<std::int64_t>({range(1), range(2), range(3)}).collect(),
            (Numbers{0, 0, 1, 0, 1, 2}));
  EXPECT_EQ(both.partition_count(), 2 * GetParam());
  EXPECT_EQ(error_of([] { (void)union_of<int>({}); }),
            "invalid_argument: union_of needs at least one RDD");
}

TEST_P(TransformationsTest, KnowsSets) {
  auto left = given({3, 1, 1, 4, 3});
  auto right = given({1, 4, 9, 4});

  EXPECT_EQ(sorted(left.distinct().collect()), (std::vector<int>{1, 3, 4}));
  EXPECT_EQ(sorted(left.intersection(right).collect()), (std::vector<int>{1, 4}));
  EXPECT_EQ(sorted(left.subtract(right).collect()), (std::vector<int>{3, 3}));
  EXPECT_EQ(sorted(left.subtract(right, 3).collect()), (std::vector<int>{3, 3}));
  EXPECT_EQ(sorted(views({"b", "a", "b"}).distinct().collect()), (Texts{"a", "b"}));
  auto orders = context_.parallelize(std::vector<Order>{{1, "x"}, {1, "x"}, {1, "y"}}, GetParam());
  EXPECT_EQ(sorted(orders.distinct().collect()), (std::vector<Order>{{1, "x"}, {1, "y"}}));
}

TEST_P(TransformationsTest, PairsEveryRowWithEveryOther) {
  auto pairs = range(3).cartesian(given({"a", "b"})).collect();

  EXPECT_EQ(sorted(pairs), (std::vector<std::pair<std::int64_t, std::string>>{
                               {0, "a"}, {0, "b"}, {1, "a"}, {1, "b"}, {2, "a"}, {2, "b"}}));
  EXPECT_EQ(range(1500).cartesian(range(30)).map([](auto p) { return p.first * p.second; }).sum(),
            1500 * 1499 / 2 * (30 * 29 / 2));
  EXPECT_EQ(range(3).cartesian(context_.empty_rdd<int>()).count(), 0);
}

TEST_P(TransformationsTest, ZipsRowByRow) {
  auto squares = range(5000).map([](auto x) { return x * x; });
  auto odd_chunks = range(10'000).filter([](auto x) { return x % 2 == 0; });

  for (auto [x, square] : range(5000).zip(squares).collect()) ASSERT_EQ(square, x * x);
  for (auto [x, twice] : range(5000).zip(odd_chunks).collect()) ASSERT_EQ(twice, 2 * x);
  EXPECT_EQ(error_of([&] { (void)range(5).zip(context_.range(0, 5, 1, 9)); }),
            "invalid_argument: zip needs the same number of partitions on both sides: got " +
                std::to_string(GetParam()) + " and 9; repartition one of them");
  EXPECT_NE(error_of([&] {
              (void)range(5).zip(range(7)).count();
            }).find("zip needs the same number of rows in each partition: one side has more"),
            std::string::npos);
}

TEST_P(TransformationsTest, ZipsWithTheIndex) {
  for (auto [x, index] : range(5000).zip_with_index().collect()) ASSERT_EQ(x, index);
  EXPECT_EQ(views({"a", "b"}).zip_with_index().collect(),
            (std::vector<std::pair<std::string, std::int64_t>>{{"a", 0}, {"b", 1}}));
  EXPECT_EQ(context_.empty_rdd<int>().zip_with_index().count(), 0);
}

TEST_P(TransformationsTest, ChangesTheNumberOfPartitions) {
  auto fewer = range(100).coalesce(2);
  auto other = range(100).repartition(3);

  EXPECT_EQ(fewer.partition_count(), std::min(2, GetParam()));
  EXPECT_EQ(fewer.collect(), range(100).collect());
  EXPECT_EQ(other.partition_count(), 3);
  EXPECT_EQ(sorted(other.collect()), range(100).collect());
  for (auto size : other.partition_counts()) EXPECT_NEAR(static_cast<double>(size), 33, 3);
  EXPECT_EQ(error_of([&] { (void)range(1).coalesce(0); }),
            "invalid_argument: coalesce needs at least 1 partition: got 0");
  EXPECT_EQ(error_of([&] { (void)range(1).repartition(-1); }),
            "invalid_argument: repartition needs at least 1 partition: got -1");
}

TEST_P(TransformationsTest, SortsStablyBothWays) {
  auto scattered = range(5000).map([](auto x) { return x * 7919 % 5000; });
  auto by_tens = [](std::int64_t x) { return x / 10; };

  EXPECT_EQ(scattered.sort_by([](auto x) { return x; }).collect(), range(5000).collect());
  auto down = scattered.sort_by([](auto x) { return x; }, false, 3).collect();
  EXPECT_TRUE(std::is_sorted(down.begin(), down.end(), std::greater<>()));
  auto stable = scattered.collect();
  std::stable_sort(stable.begin(), stable.end(),
                   [&](auto a, auto b) { return by_tens(a) < by_tens(b); });
  EXPECT_EQ(scattered.sort_by(by_tens).collect(), stable);
  EXPECT_EQ(views({"pear", "fig", "apple"}).sort_by([](auto text) { return text; }).collect(),
            (Texts{"apple", "fig", "pear"}));
  EXPECT_EQ(context_.empty_rdd<int>().sort_by([](int x) { return x; }).count(), 0);
}

TEST_P(TransformationsTest, SortsByCompositeKeysOfViews) {
  auto rows = views({"b1", "a2", "a1", "c0"}).sort_by([](std::string_view text) {
    return std::pair(text.substr(0, 1), text.back());
  });

  EXPECT_EQ(rows.collect(), (Texts{"a1", "a2", "b1", "c0"}));
}

TEST_P(TransformationsTest, GroupsByAFunction) {
  auto groups = range(10).group_by([](auto x) { return x % 3; }).collect_as_map();

  EXPECT_EQ(groups.size(), 3U);
  EXPECT_EQ(sorted(groups.at(1)), (Numbers{1, 4, 7}));
}

TEST(RangeTest, CountsUpAndDown) {
  Session session("local[2]");
  Context context(session);
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t step = std::int64_t{1} << 62;

  EXPECT_EQ(context.range(1, 8, 3).collect(), (Numbers{1, 4, 7}));
  EXPECT_EQ(context.range(3, 0, -2).collect(), (Numbers{3, 1}));
  EXPECT_EQ(context.range(5, 5).count(), 0);
  EXPECT_EQ(context.range(5, 0).count(), 0);
  EXPECT_EQ(context.range(lowest, highest, step, 4).collect(),
            (Numbers{lowest, lowest + step, 0, step}));
  EXPECT_EQ(context.range(highest, lowest, lowest, 1).collect(), (Numbers{highest, -1}));
  EXPECT_EQ(error_of([&] { (void)context.range(0, 1, 0); }),
            "invalid_argument: range step must not be 0");
  EXPECT_EQ(error_of([&] { (void)context.range(lowest, highest); }),
            "invalid_argument: range has more than 2^63 - 1 elements");
}

TEST(ParallelizeTest, TakesAnyRangeAndAnyType) {
  Session session("local[3]");
  Context context(session);

  EXPECT_EQ(context.parallelize({1, 2, 3}).partition_count(), 3);
  EXPECT_EQ(context.parallelize({"a", "b"}).collect(), (Texts{"a", "b"}));
  EXPECT_EQ(context.parallelize(std::set<int>{3, 1}, 1).collect(), (std::vector<int>{1, 3}));
  EXPECT_EQ(context.parallelize(std::vector<bool>{true, false}).collect(),
            (std::vector<bool>{true, false}));
  EXPECT_EQ(context.parallelize(std::vector<int>{}, 4).collect(), std::vector<int>{});
  EXPECT_EQ(context.empty_rdd<int>().partition_count(), 0);
  struct Undescribed {
    int x;
  };
  auto narrow =
      context.parallelize(std::vector<Undescribed>{{1}, {2}}).map([](auto u) { return u.x; });
  EXPECT_EQ(narrow.collect(), (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace thalweg
