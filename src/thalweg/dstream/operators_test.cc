// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::Batches;
using testing::error_of;
using testing::sorted;
using testing::VirtualStreams;

// Time is virtual here: run() computes batch after batch, and nothing waits.

TEST(DStreamTest, MapsEachRowInOrder) {
  VirtualStreams streams;
  auto doubled = streams.given<int>({{1, 2, 3}, {}, {4}}).map([](int x) { return 2 * x; });

  EXPECT_EQ(streams.run(doubled, 3), (Batches<int>{{2, 4, 6}, {}, {8}}));
}

TEST(DStreamTest, GivesEmptyBatchesWhenNothingMoreComes) {
  VirtualStreams streams;

  EXPECT_EQ(streams.run(streams.given<int>({{1}}), 3), (Batches<int>{{1}, {}, {}}));
}

TEST(DStreamTest, FiltersRows) {
  VirtualStreams streams;
  auto even = streams.given<int>({{1, 2, 3, 4}, {5}}).filter([](int x) { return x % 2 == 0; });

  EXPECT_EQ(streams.run(even, 2), (Batches<int>{{2, 4}, {}}));
}

TEST(DStreamTest, FlatMapsToAnyNumberOfRows) {
  VirtualStreams streams;
  auto repeated = streams.given<int>({{0, 1, 3}}).flat_map([](int x) {
    return std::vector<int>(static_cast<std::size_t>(x), x);
  });

  EXPECT_EQ(streams.run(repeated, 1), (Batches<int>{{1, 3, 3, 3}}));
}

TEST(DStreamTest, ParseSendsWhatItRefusesToTheDeadLetters) {
  VirtualStreams streams;
  auto numbers = streams.given<std::string>({{"1", "x", "3"}})
                     .parse([](const std::string& text) -> Parsed<int> {
                       if (text == "x") return Unparsed{"not a number"};
                       return std::stoi(text);
                     });

  EXPECT_EQ(streams.run(numbers, 1), (Batches<int>{{1, 3}}));
  auto letters = streams.session().dead_letters().latest();
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].reason, "not a number");
  EXPECT_EQ(letters[0].bytes, "x");
}

TEST(DStreamTest, MapsWholePartitions) {
  VirtualStreams streams;
  auto sums = streams.given<int>({{1, 2, 3, 4}}, 2).map_partitions([](auto rows) {
    int sum = 0;
    for (int x : rows) sum += x;
    return std::vector{sum};
  });

  EXPECT_EQ(streams.run(sums, 1), (Batches<int>{{3, 7}}));
}

TEST(DStreamTest, MapsPartitionsWithTheirNumbers) {
  VirtualStreams streams;
  auto numbered =
      streams.given<int>({{1, 2, 3}}, 3).map_partitions_with_index([](int partition, auto rows) {
        std::vector<int> found;
        for (int x : rows) found.push_back(10 * partition + x);
        return found;
      });

  EXPECT_EQ(streams.run(numbered, 1), (Batches<int>{{1, 12, 23}}));
}

TEST(DStreamTest, GlomsEachPartitionIntoOneRow) {
  VirtualStreams streams;

  EXPECT_EQ(streams.run(streams.given<int>({{1, 2, 3, 4}}, 2).glom(), 1),
            (Batches<std::vector<int>>{{{1, 2}, {3, 4}}}));
}

TEST(DStreamTest, RepartitionsEachBatch) {
  VirtualStreams streams;
  auto stream = streams.given<int>({{1, 2, 3, 4, 5}}, 5).repartition(2);

  auto parts = streams.run(stream.glom(), 1);

  ASSERT_EQ(parts[0].size(), 2u);
  std::vector<int> all(parts[0][0]);
  all.insert(all.end(), parts[0][1].begin(), parts[0][1].end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (std::vector{1, 2, 3, 4, 5}));
}

TEST(DStreamTest, UnitesStreamsInTheirOrder) {
  VirtualStreams streams;
  auto left = streams.given<int>({{1}, {2}});
  auto right = streams.given<int>({{10}, {}});

  EXPECT_EQ(streams.run(left.union_with(right), 2), (Batches<int>{{1, 10}, {2}}));
}

TEST(DStreamTest, ReducesABatchToOneRowAndAnEmptyOneToNone) {
  VirtualStreams streams;
  auto sums = streams.given<int>({{1, 2, 3}, {}, {5}}, 2).reduce(std::plus<>());

  EXPECT_EQ(streams.run(sums, 3), (Batches<int>{{6}, {}, {5}}));
}

TEST(DStreamTest, CountsAnEmptyBatchAsZero) {
  VirtualStreams streams;

  EXPECT_EQ(streams.run(streams.given<int>({{1, 2, 3}, {}, {5}}, 2).count(), 3),
            (Batches<std::int64_t>{{3}, {0}, {1}}));
}

TEST(DStreamTest, CountsEachValue) {
  VirtualStreams streams;
  auto counts = streams.given<std::string>({{"b", "a", "b"}, {}}).count_by_value();

  EXPECT_EQ(sorted(streams.run(counts, 2)),
            (Batches<std::pair<std::string, std::int64_t>>{{{"a", 1}, {"b", 2}}, {}}));
}

TEST(DStreamTest, TransformsTheRddOfABatch) {
  VirtualStreams streams;
  auto distinct = streams.given<int>({{1, 1, 2}, {3}}).transform([](const RDD<int>& rdd) {
    return rdd.distinct();
  });

  EXPECT_EQ(sorted(streams.run(distinct, 2)), (Batches<int>{{1, 2}, {3}}));
}

TEST(DStreamTest, TransformKnowsTheTimeOfTheBatch) {
  VirtualStreams streams;
  auto timed = streams.given<int>({{1}, {2}}).transform([](const RDD<int>& rdd, Time time) {
    return rdd.map([seconds = time.millis() / 1000](int x) { return 10 * seconds + x; });
  });

  EXPECT_EQ(streams.run(timed, 2), (Batches<std::int64_t>{{11}, {22}}));
}

TEST(DStreamTest, TransformRefusesToReturnNothing) {
  VirtualStreams streams;
  auto nothing = streams.given<int>({{1}}).transform(
      [](const RDD<int>&) { return std::optional<RDD<int>>(); });

  EXPECT_EQ(error_of([&] { streams.run(nothing, 1); }),
            "invalid_argument: batch 1000 ms could not be made: transform (stream 1): the "
            "transform function must not return nothing");
}

TEST(DStreamTest, TransformReportsWhatItsFunctionThrows) {
  VirtualStreams streams;
  auto broken = streams.given<int>({{1}}).transform([](const RDD<int>& rdd) {
    if (rdd.partition_count() > 0) throw 42;
    return rdd;
  });

  EXPECT_EQ(error_of([&] { streams.run(broken, 1); }),
            "user_error: batch 1000 ms could not be made: transform (stream 1): an exception that "
            "is not a std::exception");
}

TEST(DStreamTest, TransformRefusesAMissingBatch) {
  VirtualStreams streams;
  auto numbers = streams.given<int>({{1}, std::nullopt});
  auto same = numbers.transform([](const RDD<int>& rdd) { return rdd; });

  EXPECT_EQ(error_of([&] { streams.run(same, 2); }),
            "invalid_argument: batch 2000 ms could not be made: transform (stream 1): missing "
            "parent batch at time 2000 ms: given (stream 0)");
}

TEST(DStreamTest, UnionRefusesAMissingBatch) {
  VirtualStreams streams;
  auto all = streams.given<int>({{1}}).union_with(streams.given<int>({std::nullopt}));

  EXPECT_EQ(error_of([&] { streams.run(all, 1); }),
            "invalid_argument: batch 1000 ms could not be made: union (stream 2): missing parent "
            "batch at time 1000 ms: given (stream 1)");
}

TEST(DStreamTest, MapSkipsAMissingBatch) {
  VirtualStreams streams;
  auto same = streams.given<int>({{1}, std::nullopt, {3}}).map([](int x) { return x; });

  EXPECT_EQ(streams.run(same, 3), (Batches<int>{{1}, {3}}));
}

TEST(DStreamTest, TransformsTwoStreamsTogether) {
  VirtualStreams streams;
  auto left = streams.given<int>({{1, 2}, {3}});
  auto right = streams.given<int>({{2}, {}});
  auto rest = left.transform_with(
      right, [](const RDD<int>& a, const RDD<int>& b) { return a.subtract(b); });

  EXPECT_EQ(sorted(streams.run(rest, 2)), (Batches<int>{{1}, {3}}));
}

TEST(DStreamTest, TransformsAnyNumberOfStreamsTogether) {
  VirtualStreams streams;
  std::vector sources{streams.given<int>({{1}}), streams.given<int>({{2}}),
                      streams.given<int>({{3}})};
  auto all = streams.context().transform(
      sources, [](const std::vector<RDD<int>>& rdds, Time) { return union_of(rdds); });

  EXPECT_EQ(streams.run(all, 1), (Batches<int>{{1, 2, 3}}));
}

TEST(DStreamTest, SeveralStreamsMeanAtLeastOne) {
  VirtualStreams streams;
  auto transform = [&] {
    (void)streams.context().transform(
        std::vector<DStream<int>>(),
        [](const std::vector<RDD<int>>& rdds, Time) { return rdds.front(); });
  };

  EXPECT_EQ(error_of([&] { (void)streams.context().union_of(std::vector<DStream<int>>()); }),
            "invalid_argument: union_of needs at least one stream");
  EXPECT_EQ(error_of(transform), "invalid_argument: transform needs at least one stream");
}

TEST(DStreamTest, StreamsOfTwoContextsDoNotMix) {
  VirtualStreams streams;
  VirtualStreams others;
  auto left = streams.given<int>({{1}});
  auto right = others.given<int>({{1}});

  EXPECT_EQ(error_of([&] { (void)left.union_with(right); }),
            "invalid_argument: union joins streams of two streaming contexts; make them from one");
}

TEST(DStreamTest, StreamsOfDifferentSlidesDoNotMix) {
  VirtualStreams streams;
  auto left = streams.given<int>({{1}});
  auto right = streams.given<int>({{1}}, 2, 2s);

  EXPECT_EQ(error_of([&] { (void)left.union_with(right); }),
            "invalid_argument: union joins streams of different slides: 1 s and 2 s");
}

TEST(DStreamTest, AStreamHasBatchesAtItsSlideOnly) {
  VirtualStreams streams;
  auto slow = streams.given<int>({{1}, {2}}, 2, 2s).map([](int x) { return x; });

  EXPECT_EQ(streams.run(slow, 4), (Batches<int>{{1}, {2}}));
}

TEST(DStreamTest, AFailureNamesBatchOutputOperatorAndRecord) {
  VirtualStreams streams;
  auto broken = streams.given<int>({{7}}).map([](int x) -> int {
    if (x == 7) throw std::runtime_error("seven is not liked");
    return x;
  });

  std::string error = error_of([&] { streams.run(broken, 1); });

  EXPECT_TRUE(error.starts_with("user_error: batch 1000 ms: output for_each_rdd: ")) << error;
  EXPECT_NE(error.find("map"), std::string::npos) << error;
  EXPECT_NE(error.find("seven is not liked"), std::string::npos) << error;
  EXPECT_NE(error.find("record \"7\""), std::string::npos) << error;
}

TEST(DStreamTest, TheNumberOfPartitionsIsNotNegative) {
  VirtualStreams streams;
  auto numbers = streams.given<int>({{1}});

  EXPECT_EQ(error_of([&] { (void)numbers.count_by_value(-1); }),
            "invalid_argument: the number of partitions must not be negative: got -1");
}

}  // namespace
}  // namespace thalweg
