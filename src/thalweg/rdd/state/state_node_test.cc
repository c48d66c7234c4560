// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/state/state_node.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/rdd/context.h"
#include "thalweg/rdd/scheduler/job.h"
#include "thalweg/rdd/state/update_state.h"

namespace thalweg {
namespace {

using Count = std::pair<std::string, int>;

std::optional<int> add_up(const std::vector<int>& values, std::optional<int> state) {
  int sum = state.value_or(0);
  for (int value : values) sum += value;
  return sum;
}

struct Batches {
  explicit Batches(const SessionOptions& options = {}) : session("local[2]", "test", options) {}

  using Node = UpdateStateNode<std::string, int, int, decltype(&add_up)>;

  std::shared_ptr<Node> after(const std::shared_ptr<Node>& previous,
                              const std::vector<Count>& rows) {
    return std::make_shared<Node>(
        context.session(), state, previous,
        GroupingInput::of(context.parallelize(rows, 2).node(), state->partitioner()),
        std::vector<Dependency>(), Time(), &add_up);
  }
  static Status advance(const std::shared_ptr<Node>& node, const std::vector<int>& partitions) {
    return run_job(node, partitions, [&](int partition, TaskContext& task) {
      return node->advance(partition, task);
    });
  }
  /// What the snapshots give when they are read again, by key.
  std::map<std::string, int> read(const std::vector<std::string>& snapshots) {
    KeyedState<std::string, int> other(context.session(),
                                       std::make_shared<HashPartitioner<std::string>>(1));
    SnapshotPages::Read read = [&](std::size_t i) { return Result<std::string>(snapshots[i]); };
    EXPECT_TRUE(other.restore(snapshots.size(), read).ok());
    std::map<std::string, int> found;
    for (int group = 0; group < other.group_count(); ++group) {
      other.newest(group).open().value()->for_each(
          [&](const std::string& key, int sum) { found[key] = sum; });
    }
    return found;
  }

  Session session;
  Context context{session};
  std::shared_ptr<KeyedState<std::string, int>> state =
      std::make_shared<KeyedState<std::string, int>>(
          context.session(), std::make_shared<HashPartitioner<std::string>>(2));
};

TEST(StateNodeTest, GivesAnImageThatLaterBatchesLeaveAsItWas) {
  Batches batches;
  auto first = batches.after(nullptr, {{"a", 1}, {"b", 2}});
  ASSERT_TRUE(Batches::advance(first, {0, 1}).ok());
  auto image = first->image();
  auto second = batches.after(first, {{"a", 10}, {"c", 3}});
  ASSERT_TRUE(Batches::advance(second, {0, 1}).ok());
  auto later = second->image();

  std::vector<std::string> snapshots;
  auto keep = [&](std::string_view bytes) {
    snapshots.emplace_back(bytes);
    return Status();
  };
  ASSERT_TRUE(image->encode(true, keep).ok());

  EXPECT_EQ(image->size(), 2U);
  EXPECT_EQ(batches.read(snapshots), (std::map<std::string, int>{{"a", 1}, {"b", 2}}));
  ASSERT_TRUE(later->encode(false, keep).ok());
  EXPECT_EQ(batches.read(snapshots), (std::map<std::string, int>{{"a", 11}, {"b", 2}, {"c", 3}}));
  std::size_t written = snapshots.size();
  ASSERT_TRUE(second->image()->encode(false, keep).ok());
  EXPECT_EQ(snapshots.size(), written) << "nothing differs from the image before";
}

TEST(StateNodeTest, DividesALargeImageIntoPieces) {
  Batches batches;
  std::vector<Count> rows;
  for (int i = 0; i < 3000; ++i) rows.emplace_back(std::string(4096, 'x') + std::to_string(i), i);
  auto node = batches.after(nullptr, rows);
  ASSERT_TRUE(Batches::advance(node, {0, 1}).ok());

  std::vector<std::string> pieces;
  ASSERT_TRUE(node->image()
                  ->encode(true,
                           [&](std::string_view bytes) {
                             pieces.emplace_back(bytes);
                             return Status();
                           })
                  .ok());

  EXPECT_GE(pieces.size(), 3U);
  for (const auto& piece : pieces) {
    EXPECT_LT(piece.size(), StateImage::snapshot_bytes_max + 300 * 4200) << "a page more at most";
  }
  auto found = batches.read(pieces);
  EXPECT_EQ(found.size(), rows.size());
  for (const auto& [key, value] : rows) EXPECT_EQ(found[key], value);
}

SessionOptions on_disk() {
  SessionOptions options;
  options.state_backend = StateBackend::disk;
  options.memory_bytes_max = 1;
  return options;
}

TEST(StateNodeTest, WritesStatesThatDoNotFitIntoMemoryAndLetsGoOfThoseOfOlderBatches) {
  Batches batches(on_disk());
  std::shared_ptr<Batches::Node> last;
  std::vector<Count> rows;
  for (int i = 0; i < 2000; ++i) rows.emplace_back("key " + std::to_string(i), i);
  std::size_t blocks = 0;
  for (int batch = 0; batch < 5; ++batch) {
    last = batches.after(last, rows);
    ASSERT_TRUE(Batches::advance(last, {0, 1}).ok());
    if (batch == 0) blocks = batches.session.state()->blocks.block_count();
  }

  EXPECT_GT(batches.session.spilled_bytes(), 5 * 2000 * 4);
  EXPECT_EQ(batches.session.state()->blocks.block_count(), blocks);
  EXPECT_EQ(last->image()->size(), 2000U);
}

TEST(StateNodeTest, AccountsForStatesThatStayInMemory) {
  Batches batches;
  std::vector<Count> rows;
  for (int i = 0; i < 20'000; ++i)
    rows.emplace_back("a key of more than sixteen " + std::to_string(i), i);
  auto node = batches.after(nullptr, rows);
  rows = {};
  std::int64_t before = batches.session.memory().used_bytes();
  ASSERT_TRUE(Batches::advance(node, {0, 1}).ok());

  std::int64_t charged = batches.session.memory().used_bytes() - before;
  EXPECT_GT(charged, 20'000 * 64);
  EXPECT_LT(charged, 20'000 * 512);
}

TEST(StateNodeTest, GivesTheSameImagesFromDiskOfWhatChangedOnly) {
  Batches batches(on_disk());
  std::vector<Count> rows;
  for (int i = 0; i < 2000; ++i) rows.emplace_back("key " + std::to_string(i), i);
  auto first = batches.after(nullptr, rows);
  ASSERT_TRUE(Batches::advance(first, {0, 1}).ok());
  std::vector<std::string> snapshots;
  auto keep = [&](std::string_view bytes) {
    snapshots.emplace_back(bytes);
    return Status();
  };
  ASSERT_TRUE(first->image()->encode(true, keep).ok());
  auto second = batches.after(first, {{"key 7", 1000}});
  ASSERT_TRUE(Batches::advance(second, {0, 1}).ok());
  ASSERT_TRUE(second->image()->encode(false, keep).ok());

  ASSERT_EQ(snapshots.size(), 2U);
  EXPECT_LT(snapshots[1].size(), snapshots[0].size() / 10);
  auto found = batches.read(snapshots);
  EXPECT_EQ(found.size(), 2000U);
  EXPECT_EQ(found["key 7"], 1007);
  EXPECT_EQ(found["key 8"], 8);
}

TEST(StateNodeDeathTest, AbortsWhereABatchIsToBeSavedThatWasNotAppliedToEveryPartition) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Batches batches;
  auto node = batches.after(nullptr, {{"a", 1}, {"b", 2}});
  ASSERT_TRUE(Batches::advance(node, {0}).ok());

  EXPECT_DEATH(node->image(), "partition 1 were to be saved before the batch was applied");
}

}  // namespace
}  // namespace thalweg
