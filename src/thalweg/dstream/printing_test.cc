// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/printing.h"

#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/fields.h"
#include "thalweg/testing/batches.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::TemporaryDirectory;
using testing::VirtualStreams;

struct Order {
  std::int64_t id = 0;
  double amount = 0;
};
THALWEG_FIELDS(Order, id, amount)

const std::string rule = "-------------------------------------------\n";

template <typename T>
std::string printed(testing::GivenBatches<T> batches, int count, std::size_t rows = 10) {
  VirtualStreams streams;
  streams.given<T>(std::move(batches)).print(rows);
  ::testing::internal::CaptureStdout();
  streams.run_batches(count);
  return ::testing::internal::GetCapturedStdout();
}

TEST(PrintTest, EmptyBatchesHaveAHeader) {
  EXPECT_EQ(printed<int>({}, 2),
            rule + "Time: 1000 ms\n" + rule + "\n" + rule + "Time: 2000 ms\n" + rule + "\n");
}

TEST(PrintTest, ShowsTenRowsAndThatThereAreMore) {
  std::vector<int> eleven(11);
  std::iota(eleven.begin(), eleven.end(), 1);

  EXPECT_EQ(printed<int>({eleven}, 1),
            rule + "Time: 1000 ms\n" + rule + "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n...\n\n");
  eleven.pop_back();
  EXPECT_EQ(printed<int>({eleven}, 1),
            rule + "Time: 1000 ms\n" + rule + "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n\n");
}

TEST(PrintTest, ShowsAsManyRowsAsAsked) {
  EXPECT_EQ(printed<int>({{1, 2, 3}}, 1, 2), rule + "Time: 1000 ms\n" + rule + "1\n2\n...\n\n");
}

TEST(PrintTest, ShowsRowsAsScalaDoes) {
  using Word = std::pair<std::string, int>;
  EXPECT_EQ(printed<Word>({{{"word", 3}}}, 1), rule + "Time: 1000 ms\n" + rule + "(word,3)\n\n");
  EXPECT_EQ(printed<Order>({{Order{1, 2.5}}}, 1),
            rule + "Time: 1000 ms\n" + rule + "Order(1,2.5)\n\n");
  using Joined = std::pair<std::string, std::optional<int>>;
  EXPECT_EQ(printed<Joined>({{{"a", 1}, {"b", std::nullopt}}}, 1),
            rule + "Time: 1000 ms\n" + rule + "(a,Some(1))\n(b,None)\n\n");
}

TEST(SaveTest, WritesADirectoryABatch) {
  TemporaryDirectory directory;
  VirtualStreams streams;
  streams.given<int>({{1, 2}, {}, {3}}, 1).save_as_text_files(directory.path("out"), "txt");

  streams.run_batches(3);

  EXPECT_EQ(streams.failure(), std::nullopt);
  EXPECT_EQ(directory.read("out-1000.txt/part-00000"), "1\n2\n");
  EXPECT_TRUE(std::filesystem::exists(directory.path("out-2000.txt/_SUCCESS")));
  EXPECT_EQ(directory.read("out-3000.txt/part-00000"), "3\n");
}

TEST(SaveTest, HasNoDotWithoutASuffix) {
  TemporaryDirectory directory;
  VirtualStreams streams;
  streams.given<int>({{1}}, 1).save_as_text_files(directory.path("out"));

  streams.run_batches(1);

  EXPECT_EQ(directory.read("out-1000/part-00000"), "1\n");
}

TEST(SaveTest, ReplacesTheDirectoryOfABatchThatRunsAgain) {
  TemporaryDirectory directory;
  directory.write("out-1000/part-00007", "left behind");
  VirtualStreams streams;
  streams.given<int>({{1}}, 1).save_as_text_files(directory.path("out"));

  streams.run_batches(1);

  EXPECT_EQ(streams.failure(), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(directory.path("out-1000/part-00007")));
}

TEST(SaveTest, ObjectFilesAreReadBack) {
  TemporaryDirectory directory;
  VirtualStreams streams;
  streams.given<Order>({{Order{1, 2.5}, Order{2, 3}}})
      .save_as_object_files(directory.path("orders"), "bin");

  streams.run_batches(1);

  EXPECT_EQ(streams.failure(), std::nullopt);
  Context context(streams.session());
  auto orders = context.object_file<Order>(directory.path("orders-1000.bin")).collect();
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[1].amount, 3);
}

TEST(SaveTest, SaysWhereItCanNotWrite) {
  TemporaryDirectory directory;
  directory.write("file", "in the way");
  VirtualStreams streams;
  streams.given<int>({{1}}).save_as_text_files(directory.path("file/out"));

  streams.run_batches(1);

  auto failure = streams.failure();
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message().find(directory.path("file")), std::string::npos)
      << failure->message();
}

}  // namespace
}  // namespace thalweg
