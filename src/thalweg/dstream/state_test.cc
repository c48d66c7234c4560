// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"
#include "thalweg/testing/running_count.h"
#include "thalweg/testing/state_backends.h"

namespace thalweg {
namespace {

using testing::Batches;
using testing::running_count;
using testing::sorted;
using testing::VirtualStreams;
using namespace std::chrono_literals;

using Count = std::pair<std::string, int>;

DStream<Count> ones(VirtualStreams& streams, testing::GivenBatches<std::string> words) {
  return streams.given<std::string>(std::move(words)).map([](const std::string& word) {
    return Count(word, 1);
  });
}

class UpdateStateTest : public testing::OnEachStateBackend {};
THALWEG_ON_EACH_STATE_BACKEND(UpdateStateTest);

class MapWithStateTest : public testing::OnEachStateBackend {};
THALWEG_ON_EACH_STATE_BACKEND(MapWithStateTest);

TEST_P(UpdateStateTest, EmitsEveryKeyInEveryBatch) {
  VirtualStreams streams;
  auto counts = ones(streams, {{"a"}, {"a", "b"}, {}}).update_state_by_key<int>(running_count());

  EXPECT_EQ(sorted(streams.run(counts, 4)),
            (Batches<Count>{
                {{"a", 1}}, {{"a", 2}, {"b", 1}}, {{"a", 2}, {"b", 1}}, {{"a", 2}, {"b", 1}}}));
}

TEST_P(UpdateStateTest, ForgetsAKeyWhoseStateBecomesNothing) {
  VirtualStreams streams;
  auto seen = ones(streams, {{"a"}, {"b"}, {"a"}})
                  .update_state_by_key<int>(
                      [](const std::vector<int>& values, std::optional<int>) -> std::optional<int> {
                        if (values.empty()) return std::nullopt;
                        return static_cast<int>(values.size());
                      });

  EXPECT_EQ(streams.run(seen, 4), (Batches<Count>{{{"a", 1}}, {{"b", 1}}, {{"a", 1}}, {}}));
}

TEST_P(UpdateStateTest, IsGivenTimeAndKeyWhereItAsksForThem) {
  VirtualStreams streams;
  auto times = ones(streams, {{"a"}, {}})
                   .update_state_by_key<std::string>([](Time time, const std::string& key,
                                                        const std::vector<int>&,
                                                        std::optional<std::string> state) {
                     return std::optional(state.value_or("") + key +
                                          std::to_string(time.micros() / 1000) + " ");
                   });

  EXPECT_EQ(streams.run(times, 2), (Batches<std::pair<std::string, std::string>>{
                                       {{"a", "a1000 "}}, {{"a", "a1000 a2000 "}}}));
}

TEST_P(UpdateStateTest, GoesOnWhenAnOutputReadsOneRowOnly) {
  VirtualStreams streams;
  auto counts = ones(streams, {{"a", "b", "c", "d"}, {"a", "b", "c", "d"}, {}})
                    .update_state_by_key<int>(running_count());
  std::vector<std::size_t> taken;
  counts.for_each_rdd([&](const RDD<Count>& rdd) { taken.push_back(rdd.take(1).size()); });

  EXPECT_EQ(sorted(streams.run(counts, 3)).back(),
            (std::vector<Count>{{"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}}));
  EXPECT_EQ(taken, (std::vector<std::size_t>{1, 1, 1}));
}

TEST_P(UpdateStateTest, HasTheSameAnswerInAnyNumberOfPartitions) {
  for (int partitions : {1, 2, 7, 200}) {
    VirtualStreams streams;
    testing::GivenBatches<std::string> words;
    for (int batch = 0; batch < 3; ++batch) {
      std::vector<std::string> rows;
      for (int i = 0; i < 1000; ++i)
        rows.push_back("word" + std::to_string(i % (100 * (batch + 1))));
      words.emplace_back(rows);
    }
    auto counts =
        ones(streams, words).update_state_by_key<int>(running_count(), {.partitions = partitions});

    auto batches = sorted(streams.run(counts, 3));

    ASSERT_EQ(batches[2].size(), 300U) << partitions;
    EXPECT_EQ(batches[2][0], Count("word0", 10 + 5 + 4)) << partitions;
  }
}

TEST_P(UpdateStateTest, FailsTheBatchWhenTheFunctionThrows) {
  VirtualStreams streams;
  auto counts = ones(streams, {{"bad"}})
                    .update_state_by_key<int>(
                        [](const std::vector<int>&, std::optional<int>) -> std::optional<int> {
                          throw std::runtime_error("no");
                        });
  streams.collect(counts);

  streams.run_batches(1);

  auto failure = streams.failure();
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message().find("update_state_by_key"), std::string::npos)
      << failure->message();
  EXPECT_NE(failure->message().find("with key \"bad\""), std::string::npos) << failure->message();
}

TEST_P(MapWithStateTest, TouchesOnlyKeysWithRows) {
  VirtualStreams streams;
  auto sums = ones(streams, {{"a"}, {"a", "b"}, {}})
                  .map_with_state<int>([](const std::string& key, const std::optional<int>& value,
                                          State<int>& state) {
                    state.update(state.option().value_or(0) + *value);
                    return Count(key, state.get());
                  });
  auto states = streams.collect(sums.state_snapshots());

  EXPECT_EQ(sorted(streams.run(sums, 3)), (Batches<Count>{{{"a", 1}}, {{"a", 2}, {"b", 1}}, {}}));
  EXPECT_EQ(sorted(*states),
            (Batches<Count>{{{"a", 1}}, {{"a", 2}, {"b", 1}}, {{"a", 2}, {"b", 1}}}));
}

TEST_P(MapWithStateTest, CallsOnceForAKeyThatTimesOut) {
  VirtualStreams streams;
  auto ended = ones(streams, {{"a", "b"}, {"a"}, {"a"}, {"a"}, {}})
                   .map_with_state<int>(
                       [](const std::string& key, const std::optional<int>&, State<int>& state) {
                         if (state.is_timing_out()) return std::optional<std::string>(key);
                         state.update(1);
                         return std::optional<std::string>();
                       },
                       {.timeout = 2s});

  // Touched at 1 s: at 3 s it is idle for 2 s, which is not yet longer than that.
  EXPECT_EQ(streams.run(ended, 5), (Batches<std::string>{{}, {}, {}, {"b"}, {}}));
}

TEST_P(MapWithStateTest, BeginsWithTheStatesItIsGiven) {
  VirtualStreams streams;
  auto initial = streams.context().context().parallelize(std::vector<Count>{{"a", 5}, {"z", 1}}, 2);
  auto sums = ones(streams, {{"a"}})
                  .map_with_state<int>(
                      [](const std::string&, const std::optional<int>& value, State<int>& state) {
                        state.update(state.option().value_or(0) + *value);
                        return state.get();
                      },
                      {.initial = initial});
  auto states = streams.collect(sums.state_snapshots());

  EXPECT_EQ(streams.run(sums, 1), (Batches<int>{{6}}));
  EXPECT_EQ(sorted(*states), (Batches<Count>{{{"a", 6}, {"z", 1}}}));
}

}  // namespace
}  // namespace thalweg
