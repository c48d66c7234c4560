// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"

namespace thalweg {
namespace {

using testing::error_of;
using Count = std::pair<std::string, int>;
using Counts = std::vector<Count>;

/// Each case runs with its rows in one partition and in four.
class PairsTest : public ::testing::TestWithParam<int> {
 protected:
  RDD<Count> given(const Counts& rows) { return context_.parallelize(rows, GetParam()); }
  template <typename T>
  auto words(std::initializer_list<T> texts) {
    return context_.parallelize(std::vector<std::string_view>(texts.begin(), texts.end()),
                                GetParam());
  }

  Session session_{"local[2]"};
  Context context_{session_};
  const Counts some_{{"a", 1}, {"b", 2}, {"a", 3}, {"c", 4}, {"b", 5}, {"a", 6}};
};

INSTANTIATE_TEST_SUITE_P(Partitions, PairsTest, ::testing::Values(1, 4));

template <typename T>
std::vector<T> sorted(std::vector<T> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

TEST_P(PairsTest, MapsValuesKeysAndValues) {
  auto rows = given(some_);

  EXPECT_EQ(rows.map_values([](int x) { return x * 10; }).collect()[2], Count("a", 30));
  EXPECT_EQ(given({{"a", 2}, {"b", 0}, {"c", 1}})
                .flat_map_values([](int x) { return std::vector<int>(std::size_t(x), x); })
                .collect(),
            (Counts{{"a", 2}, {"a", 2}, {"c", 1}}));
  EXPECT_EQ(rows.keys().collect()[3], "c");
  EXPECT_EQ(rows.values().sum(), 21);
}

TEST_P(PairsTest, ReducesByKey) {
  EXPECT_EQ(sorted(given(some_).reduce_by_key(std::plus<>()).collect()),
            (Counts{{"a", 10}, {"b", 7}, {"c", 4}}));
  EXPECT_EQ(given(some_).reduce_by_key(std::plus<>(), 3).partition_count(), 3);
  EXPECT_EQ(context_.empty_rdd<Count>().reduce_by_key(std::plus<>()).count(), 0);
}

TEST_P(PairsTest, ReducesViewsToWhatTheFunctionMakes) {
  // The function makes strings that go at once; the sums are views of copies.
  auto pairs =
      words({"a-one", "b-two", "a-three", "a-four", "b-five and some more"})
          .map([](std::string_view text) { return std::pair(text.substr(0, 1), text.substr(2)); });
  auto joined = pairs.reduce_by_key(
      [](const std::string& sum, const std::string& text) { return sum + "+" + text; });
  auto longest = pairs.reduce_by_key(
      [](std::string_view a, std::string_view b) { return a.size() >= b.size() ? a : b; });

  EXPECT_EQ(sorted(joined.collect()),
            (std::vector<std::pair<std::string, std::string>>{{"a", "one+three+four"},
                                                              {"b", "two+five and some more"}}));
  EXPECT_EQ(sorted(longest.collect()), (std::vector<std::pair<std::string, std::string>>{
                                           {"a", "three"}, {"b", "five and some more"}}));
}

TEST_P(PairsTest, FoldsAggregatesAndCombinesByKey) {
  auto rows = given(some_);
  auto longest = [](const std::string& a, const std::string& b) {
    return a.size() < b.size() ? b : a;
  };

  EXPECT_EQ(sorted(rows.fold_by_key(0, std::plus<>()).collect()),
            (Counts{{"a", 10}, {"b", 7}, {"c", 4}}));
  auto texts = rows.aggregate_by_key(
      std::string(), [](const std::string& sum, int x) { return sum + std::to_string(x); },
      std::plus<>());
  EXPECT_EQ(sorted(texts.collect()), (std::vector<std::pair<std::string, std::string>>{
                                         {"a", "136"}, {"b", "25"}, {"c", "4"}}));
  auto lists = rows.combine_by_key([](int x) { return std::vector<int>{x}; },
                                   [](std::vector<int> sum, int x) {
                                     sum.push_back(x);
                                     return sum;
                                   },
                                   [](std::vector<int> sum, const std::vector<int>& other) {
                                     sum.insert(sum.end(), other.begin(), other.end());
                                     return sum;
                                   });
  EXPECT_EQ(lists.lookup("a"), (std::vector<std::vector<int>>{{1, 3, 6}}));
  auto by_length =
      words({"a-one", "a-three"})
          .map([](std::string_view t) { return std::pair(t.substr(0, 1), t.substr(2)); })
          .combine_by_key([](std::string_view t) { return t; }, longest, longest);
  EXPECT_EQ(by_length.collect(),
            (std::vector<std::pair<std::string, std::string>>{{"a", "three"}}));
}

TEST_P(PairsTest, GroupsByKeyInOrderOfTheInput) {
  auto groups = given(some_).group_by_key();
  auto views = words({"a1", "b2", "a3"}).map([](std::string_view text) {
    return std::pair(text.substr(0, 1), text.substr(1));
  });

  EXPECT_EQ(sorted(groups.collect()), (std::vector<std::pair<std::string, std::vector<int>>>{
                                          {"a", {1, 3, 6}}, {"b", {2, 5}}, {"c", {4}}}));
  EXPECT_EQ(sorted(views.group_by_key(2).collect()),
            (std::vector<std::pair<std::string, std::vector<std::string>>>{{"a", {"1", "3"}},
                                                                           {"b", {"2"}}}));
}

TEST_P(PairsTest, SortsByKey) {
  EXPECT_EQ(given({{"b", 1}, {"c", 2}, {"a", 3}, {"b", 0}}).sort_by_key().collect(),
            (Counts{{"a", 3}, {"b", 1}, {"b", 0}, {"c", 2}}));
  EXPECT_EQ(given({{"b", 1}, {"c", 2}, {"a", 3}, {"b", 0}}).sort_by_key(false, 2).collect(),
            (Counts{{"c", 2}, {"b", 1}, {"b", 0}, {"a", 3}}));
}

TEST_P(PairsTest, DividesByAPartitioner) {
  struct FirstLetter final : Partitioner<std::string> {
    FirstLetter() : Partitioner(26) {}
    int partition_of(const std::string& key, std::uint64_t) const override { return key[0] - 'a'; }
  };
  auto divided = given(some_).partition_by(std::make_shared<FirstLetter>());

  EXPECT_EQ(divided.glom().collect()[1], (Counts{{"b", 2}, {"b", 5}}));
  EXPECT_EQ(divided.lookup("b"), (std::vector<int>{2, 5}));
  EXPECT_EQ(given(some_).partition_by(3).partition_count(), 3);
  auto wrong = given({{"Z", 1}}).partition_by(std::make_shared<FirstLetter>());
  std::string message = error_of([&] { (void)wrong.count(); });
  EXPECT_NE(message.find("partitioner named partition -7; it has 0 to 25; record \"(Z,1)\""),
            std::string::npos)
      << message;
}

TEST_P(PairsTest, DoesNotShuffleWhatIsDividedAlready) {
  auto sums = given(some_).reduce_by_key(std::plus<>(), 3);
  auto stages = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };

  auto again = sums.map_values([](int x) { return x; }).group_by_key(3).to_debug_string();
  auto elsewhere = sums.map([](const Count& row) { return row; }).group_by_key(3).to_debug_string();

  EXPECT_EQ(stages(again), stages(elsewhere));
  EXPECT_NE(again, elsewhere);
  EXPECT_EQ(again.find("\n  ("), again.rfind("\n  (")) << again;
  EXPECT_NE(elsewhere.find("\n    ("), std::string::npos) << elsewhere;
}

TEST_P(PairsTest, Joins) {
  using Prices = std::vector<std::pair<std::string, double>>;
  auto left = given({{"a", 1}, {"b", 2}, {"a", 3}});
  auto right = context_.parallelize(Prices{{"a", 0.5}, {"c", 1.5}, {"a", 2.5}}, GetParam());
  using Some = std::optional<int>;
  using SomePrice = std::optional<double>;

  EXPECT_EQ(sorted(left.join(right).collect()),
            (std::vector<std::pair<std::string, std::pair<int, double>>>{
                {"a", {1, 0.5}}, {"a", {1, 2.5}}, {"a", {3, 0.5}}, {"a", {3, 2.5}}}));
  EXPECT_EQ(
      sorted(left.left_outer_join(right).filter([](auto& r) { return r.first != "a"; }).collect()),
      (std::vector<std::pair<std::string, std::pair<int, SomePrice>>>{{"b", {2, std::nullopt}}}));
  EXPECT_EQ(
      sorted(left.right_outer_join(right).filter([](auto& r) { return r.first != "a"; }).collect()),
      (std::vector<std::pair<std::string, std::pair<Some, double>>>{{"c", {std::nullopt, 1.5}}}));
  EXPECT_EQ(
      sorted(left.full_outer_join(right).filter([](auto& r) { return r.first != "a"; }).collect()),
      (std::vector<std::pair<std::string, std::pair<Some, SomePrice>>>{
          {"b", {2, std::nullopt}}, {"c", {std::nullopt, 1.5}}}));
  EXPECT_EQ(left.full_outer_join(right).count(), 6);
  EXPECT_EQ(left.subtract_by_key(right).collect(), (Counts{{"b", 2}}));
  EXPECT_EQ(left.join(context_.empty_rdd<std::pair<std::string, int>>()).count(), 0);
}

TEST_P(PairsTest, JoinsAndCogroupsViews) {
  auto pairs = [&](std::initializer_list<const char*> texts) {
    return words(texts).map(
        [](std::string_view text) { return std::pair(text.substr(0, 2), text.substr(2)); });
  };
  auto left = pairs({"k1 a long text on the left", "k2x"});
  auto right = pairs({"k1 a long text on the right", "k3y"});
  using Sides = std::pair<std::vector<std::string>, std::vector<std::string>>;

  EXPECT_EQ(left.join(right).collect(),
            (std::vector<std::pair<std::string, std::pair<std::string, std::string>>>{
                {"k1", {" a long text on the left", " a long text on the right"}}}));
  auto groups = left.cogroup(right, 2).collect();
  EXPECT_EQ(sorted(groups),
            (std::vector<std::pair<std::string, Sides>>{
                {"k1", {{" a long text on the left"}, {" a long text on the right"}}},
                {"k2", {{"x"}, {}}},
                {"k3", {{}, {"y"}}}}));
}

TEST_P(PairsTest, CountsAndLooksUp) {
  auto rows = given(some_);

  auto by_key = rows.count_by_key();
  EXPECT_EQ(by_key.size(), 3U);
  EXPECT_EQ(by_key.at("a"), 3);
  EXPECT_EQ(rows.count_by_value().at(Count("c", 4)), 1);
  EXPECT_EQ(words({"x", "y", "x"}).count_by_value().at("x"), 2);
  EXPECT_EQ(rows.collect_as_map().at("b"), 5);
  EXPECT_EQ(rows.lookup("a"), (std::vector<int>{1, 3, 6}));
  EXPECT_EQ(rows.reduce_by_key(std::plus<>(), 4).lookup("a"), (std::vector<int>{10}));
  EXPECT_TRUE(rows.lookup("zzz").empty());
}

}  // namespace
}  // namespace thalweg
