// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/fields.h"
#include "thalweg/rdd/context.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::error_of;
using testing::TemporaryDirectory;
using Numbers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

struct Sale {
  std::int64_t id = 0;
  double amount = 0;
  bool operator==(const Sale&) const = default;
};
THALWEG_FIELDS(Sale, id, amount)

/// Each case runs with its rows in one partition and in four.
class ActionsTest : public ::testing::TestWithParam<int> {
 protected:
  RDD<std::int64_t> range(std::int64_t end) { return context_.range(0, end, 1, GetParam()); }
  RDD<std::string_view> views(std::initializer_list<const char*> texts) {
    return context_.parallelize(std::vector<std::string_view>(texts.begin(), texts.end()),
                                GetParam());
  }

  Session session_{"local[2]"};
  Context context_{session_};
};

INSTANTIATE_TEST_SUITE_P(Partitions, ActionsTest, ::testing::Values(1, 4));

TEST_P(ActionsTest, CountsAndTakes) {
  EXPECT_EQ(range(5000).count(), 5000);
  EXPECT_EQ(range(5).first(), 0);
  EXPECT_EQ(range(5).take(3), (Numbers{0, 1, 2}));
  EXPECT_EQ(range(5).take(99), (Numbers{0, 1, 2, 3, 4}));
  EXPECT_TRUE(range(5).take(0).empty());
  EXPECT_TRUE(range(0).is_empty());
  EXPECT_FALSE(range(1).is_empty());
  EXPECT_EQ(views({"a", "b"}).first(), "a");
  EXPECT_TRUE(range(5).map([](auto x) { return x == 0; }).first());
}

TEST_P(ActionsTest, TakesWithoutReadingEverything) {
  std::atomic<std::int64_t> seen{0};
  auto counted = range(1'000'000).map([&](auto x) {
    ++seen;
    return x;
  });

  EXPECT_EQ(counted.take(10).size(), 10U);

  EXPECT_LE(seen, static_cast<std::int64_t>(chunk_rows_max));
}

TEST_P(ActionsTest, FindsTheSmallestAndTheLargest) {
  auto scattered = range(5000).map([](auto x) { return x * 7919 % 5000; });

  EXPECT_EQ(scattered.take_ordered(3), (Numbers{0, 1, 2}));
  EXPECT_EQ(scattered.top(3), (Numbers{4999, 4998, 4997}));
  EXPECT_EQ(scattered.take_ordered(2, std::greater<>()), (Numbers{4999, 4998}));
  EXPECT_EQ(views({"pear", "fig", "apple"}).top(2), (Texts{"pear", "fig"}));
  EXPECT_EQ(scattered.min(), 0);
  EXPECT_EQ(scattered.max(), 4999);
  EXPECT_EQ(views({"pear", "fig", "apple"}).min(), "apple");
  EXPECT_TRUE(range(0).top(3).empty());
}

TEST_P(ActionsTest, ReducesFoldsAndAggregates) {
  EXPECT_EQ(range(100).reduce(std::plus<>()), 4950);
  EXPECT_EQ(range(100).sum(), 4950);
  EXPECT_EQ(range(0).sum(), 0);
  EXPECT_EQ(range(100).fold(0, std::plus<>()), 4950);
  EXPECT_EQ(
      range(4).aggregate(
          std::string("z"), [](const std::string& sum, auto x) { return sum + std::to_string(x); },
          std::plus<>()),
      GetParam() == 1 ? "zz0123" : "zz0z1z2z3");
  EXPECT_EQ(views({"a", "b", "c"}).reduce([](const std::string& a, const std::string& b) {
    return a + b;
  }),
            "abc");
  for (auto action : {"reduce", "first", "min"}) {
    std::string wanted = action;
    EXPECT_EQ(error_of([&] {
                if (wanted == "first") (void)range(0).first();
                if (wanted != "first") (void)range(0).reduce(std::plus<>());
              }),
              "invalid_argument: " + std::string(wanted == "first" ? "first" : "reduce") +
                  " of an RDD without rows");
  }
}

TEST_P(ActionsTest, CallsForEachRowAndPartition) {
  std::atomic<std::int64_t> sum{0};
  std::atomic<int> partitions{0};

  range(100).for_each([&](auto x) { sum += x; });
  range(100).for_each_partition([&](Rows<std::int64_t> rows) {
    ++partitions;
    for (auto x : rows) sum += x;
  });

  EXPECT_EQ(sum, 2 * 4950);
  EXPECT_EQ(partitions, GetParam());
}

TEST_P(ActionsTest, IteratesOnePartitionAtATime) {
  Numbers rows;
  for (std::int64_t x : range(3000).to_local_iterator()) rows.push_back(x);

  EXPECT_EQ(rows, range(3000).collect());
  for (bool even : range(2).map([](auto x) { return x % 2 == 0; }).to_local_iterator()) {
    EXPECT_TRUE(even);
    break;
  }
  for (const auto& text : context_.empty_rdd<std::string>().to_local_iterator()) FAIL() << text;
}

TEST_P(ActionsTest, SavesTextAsPrintShowsIt) {
  TemporaryDirectory directory;
  auto sales = context_.parallelize(std::vector<Sale>{{1, 2.5}, {2, 0}}, 1);

  sales.save_as_text_file(directory.path("out"));

  EXPECT_EQ(directory.read("out/part-00000"), "Sale(1,2.5)\nSale(2,0.0)\n");
  EXPECT_EQ(directory.file_count(), 2) << "part-00000 and _SUCCESS";
  EXPECT_EQ(error_of([&] { sales.save_as_text_file(directory.path("out")); }),
            "invalid_argument: output directory exists: " + directory.path("out") +
                "; remove it or choose another");
  range(3).save_as_text_file(directory.path("out"), SaveMode::replace);
  EXPECT_EQ(context_.text_file(directory.path("out")).collect(), (Texts{"0", "1", "2"}));
}

TEST_P(ActionsTest, ReadsBackTheObjectsItSaved) {
  TemporaryDirectory directory;
  std::vector<Sale> sales;
  for (int i = 0; i < 5000; ++i) sales.push_back({i, i * 0.5});

  context_.parallelize(sales, GetParam()).save_as_object_file(directory.path("sales"));
  views({"a", "", "\xFF\n"}).save_as_object_file(directory.path("texts"));

  EXPECT_EQ(context_.object_file<Sale>(directory.path("sales")).collect(), sales);
  EXPECT_EQ(context_.object_file<std::string_view>(directory.path("texts")).collect(),
            (Texts{"a", "", "\xFF\n"}));
  std::filesystem::remove(directory.path("sales/_SUCCESS"));
  EXPECT_EQ(error_of([&] { (void)context_.object_file<Sale>(directory.path("sales")); }),
            "invalid_argument: no _SUCCESS in " + directory.path("sales") +
                ": whoever writes it has not finished");
}

TEST_P(ActionsTest, RefusesADamagedObjectFile) {
  TemporaryDirectory directory;
  context_.range(0, 3, 1, 1).save_as_object_file(directory.path("out"));
  std::string bytes = directory.read("out/part-00000");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  directory.write("out/part-00000", bytes);
  auto objects = context_.object_file<std::int64_t>(directory.path("out"));

  EXPECT_EQ(
      error_of([&] { (void)objects.collect(); }),
      "data_loss: partition 0: object_file (rdd " + std::to_string(objects.id().value) +
          "): object file does not hold what was written: " + directory.path("out/part-00000"));
}

}  // namespace
}  // namespace thalweg
