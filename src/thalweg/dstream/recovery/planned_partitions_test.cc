// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/dstream/recovery/recovery.h"
#include "thalweg/testing/batches.h"
#include "thalweg/testing/state_backends.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using testing::TemporaryDirectory;
using testing::VirtualStreams;
using namespace std::chrono_literals;

using Count = std::pair<std::string, int>;

/// Five keys in each batch.
testing::GivenBatches<Count> equal_words(int count) {
  std::vector<Count> rows;
  for (int key = 0; key < 5; ++key) rows.emplace_back("key" + std::to_string(key), 1);
  return testing::GivenBatches<Count>(static_cast<std::size_t>(count), rows);
}

/// Running totals in so many partitions; 0 for no number.
DStream<Count> totals(const DStream<Count>& given, int partitions) {
  return given.update_state_by_key<int>(
      [](const std::vector<int>& values, std::optional<int> state) {
        int sum = state.value_or(0);
        for (int value : values) sum += value;
        return std::optional<int>(sum);
      },
      {.partitions = partitions});
}

/// What a batch was when its outputs saw it.
struct Seen {
  int sums = 0;    ///< Partitions of reduce_by_key() without a number.
  int states = 0;  ///< Of update_state_by_key() without one.
  int asked = 0;   ///< Of one with a number.
  int window = 0;  ///< Of a window by key, without one.
  std::vector<Count> rows;

  friend bool operator==(const Seen&, const Seen&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
    return out << seen.sums << " " << seen.states << " " << seen.asked << " " << seen.window << " "
               << ::testing::PrintToString(seen.rows);
  }
};

using SeenBatches = std::map<std::int64_t, Seen>;

/// Runs batches up to the one at `end` seconds and says how each was divided. The output of the one
/// at `broken` seconds fails; nothing behind it is run.
SeenBatches run(const std::string& directory, const std::string& master, int asked, int begin,
                int end, int broken = 0) {
  VirtualStreams streams(1s, {}, master, Time(Duration(1s) * begin));
  streams.context().checkpoint(directory, {.checkpoint_interval = 2s});
  auto given = streams.given<Count>(equal_words(20));
  auto sums = given.reduce_by_key(std::plus<>());
  auto states = totals(given, 0).name("default");
  auto divided = totals(given, asked).name("asked");
  auto window = given.reduce_by_key_and_window(std::plus<>(), std::minus<>(), 3s, 1s);
  SeenBatches seen;
  auto second_of = [](Time time) { return time.micros() / 1'000'000; };
  sums.for_each_rdd([&](const RDD<Count>& rdd, Time time) {
    seen[second_of(time)].sums = rdd.partition_count();
  });
  divided.for_each_rdd([&](const RDD<Count>& rdd, Time time) {
    seen[second_of(time)].asked = rdd.partition_count();
    EXPECT_EQ(rdd.count(), 5);
  });
  window.for_each_rdd([&](const RDD<Count>& rdd, Time time) {
    seen[second_of(time)].window = rdd.partition_count();
    for (const auto& row : rdd.collect()) {
      EXPECT_EQ(row.second, std::min<std::int64_t>(3, second_of(time)));
    }
  });
  states.for_each_rdd([&](const RDD<Count>& rdd, Time time) {
    if (second_of(time) == broken) throw std::runtime_error("the disk is full");
    seen[second_of(time)].states = rdd.partition_count();
    seen[second_of(time)].rows = rdd.collect();
    for (const auto& row : seen[second_of(time)].rows) EXPECT_EQ(row.second, second_of(time));
  });
  streams.start();
  const int last = broken > 0 ? broken : end;
  // What was missed is made at once.
  for (int second = begin; second < end; ++second) streams.clock().advance(1s);
  while (streams.counter().reports().empty() ||
         second_of(streams.counter().reports().back().batch_time) < last) {
    streams.counter().wait_for(streams.counter().reports().size() + 1);
  }
  EXPECT_EQ(streams.failure().has_value(), broken > 0);
  streams.context().stop(broken == 0);
  seen.erase(broken);
  return seen;
}

class PlannedPartitionsTest : public testing::OnEachStateBackend {};
THALWEG_ON_EACH_STATE_BACKEND(PlannedPartitionsTest);

TEST_P(PlannedPartitionsTest, DividesABatchThatIsMadeAgainAsItWasPlanned) {
  // What the batches are where nothing fails, with two threads.
  TemporaryDirectory whole;
  SeenBatches expected = run(whole.path("c"), "local[2]", 4, 0, 4);
  EXPECT_EQ(expected[4].sums, 2);
  EXPECT_EQ(expected[4].states, 2);
  EXPECT_EQ(expected[4].asked, 4);
  EXPECT_EQ(expected[4].window, 2);
  TemporaryDirectory directory;

  SeenBatches first = run(directory.path("c"), "local[2]", 4, 0, 4, 3);
  SeenBatches second = run(directory.path("c"), "local[3]", 7, 4, 8);
  SeenBatches third = run(directory.path("c"), "local[1]", 7, 8, 10);

  EXPECT_EQ(first[2], expected[2]);
  // Planned before the failure, by a run with two threads: row by row, and in that order.
  ASSERT_TRUE(second.contains(3));
  EXPECT_EQ(second[3], expected[3]);
  // Later ones are this run's.
  for (std::int64_t batch : {6, 7, 8}) {
    EXPECT_EQ(second[batch].sums, 3) << batch;
    EXPECT_EQ(second[batch].states, 3) << batch;
    EXPECT_EQ(second[batch].asked, 7) << batch;
    EXPECT_EQ(second[batch].window, 3) << batch;
  }
  EXPECT_EQ(third[10].states, 1);
  EXPECT_EQ(third[10].asked, 7);
}

}  // namespace
}  // namespace thalweg
