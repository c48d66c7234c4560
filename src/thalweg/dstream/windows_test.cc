// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"
#include "thalweg/testing/error_of.h"
#include "thalweg/testing/state_backends.h"

namespace thalweg {
namespace {

using testing::Batches;
using testing::error_of;
using testing::sorted;
using testing::VirtualStreams;
using namespace std::chrono_literals;

using Count = std::pair<std::string, int>;

class WindowTest : public testing::OnEachStateBackend {};
THALWEG_ON_EACH_STATE_BACKEND(WindowTest);

TEST_P(WindowTest, HoldsTheBatchesOfItsLength) {
  VirtualStreams streams;
  auto windows = streams.given<int>({{1}, {2}, {}, {4}}).window(2s);

  EXPECT_EQ(streams.run(windows, 6), (Batches<int>{{1}, {1, 2}, {2}, {4}, {4}, {}}));
}

TEST_P(WindowTest, ComesAsOftenAsItSlides) {
  VirtualStreams streams;
  auto windows = streams.given<int>({{1}, {2}, {3}, {4}}).window(4s, 2s);

  EXPECT_EQ(streams.run(windows, 6), (Batches<int>{{1, 2}, {1, 2, 3, 4}, {3, 4}}));
}

TEST_P(WindowTest, RefusesALengthThatIsNoMultipleOfTheSlide) {
  VirtualStreams streams;
  auto stream = streams.given<int>({{1}});

  EXPECT_EQ(error_of([&] { (void)stream.window(1500ms); }),
            "invalid_argument: the window of given (stream 0) must be a positive multiple of the "
            "parent's slide: got 1500 ms, slide is 1 s");
}

TEST_P(WindowTest, ReducesWithAndWithoutAnInverse) {
  VirtualStreams streams;
  auto numbers = streams.given<int>({{1, 2}, {3}, {}, {}, {5}});
  auto undone = streams.collect(numbers.reduce_by_window(std::plus<>(), std::minus<>(), 2s));

  EXPECT_EQ(streams.run(numbers.reduce_by_window(std::plus<>(), 2s), 5),
            (Batches<int>{{3}, {6}, {3}, {}, {5}}));
  EXPECT_EQ(*undone, (Batches<int>{{3}, {6}, {3}, {0}, {5}}));
}

TEST_P(WindowTest, CountsFromTheFirstRowOn) {
  VirtualStreams streams;
  auto counts = streams.given<int>({{}, {7, 8}, {9}, {}, {}}).count_by_window(2s);

  EXPECT_EQ(streams.run(counts, 5), (Batches<std::int64_t>{{}, {2}, {3}, {1}, {0}}));
}

TEST_P(WindowTest, KeepsKeysThatAreLeftWithNothingUnlessToldOtherwise) {
  VirtualStreams streams;
  auto pairs = streams.given<Count>({{{"a", 1}}, {{"b", 2}}, {}, {}});
  auto kept = streams.collect(pairs.reduce_by_key_and_window(std::plus<>(), std::minus<>(), 2s));
  auto dropped = pairs.reduce_by_key_and_window(std::plus<>(), std::minus<>(), 2s, 0s, 0,
                                                [](const Count& row) { return row.second != 0; });

  EXPECT_EQ(sorted(streams.run(dropped, 4)),
            (Batches<Count>{{{"a", 1}}, {{"a", 1}, {"b", 2}}, {{"b", 2}}, {}}));
  EXPECT_EQ(sorted(*kept),
            (Batches<Count>{
                {{"a", 1}}, {{"a", 1}, {"b", 2}}, {{"a", 0}, {"b", 2}}, {{"a", 0}, {"b", 0}}}));
}

TEST_P(WindowTest, AggregatesNumbers) {
  VirtualStreams streams;
  auto numbers = streams.given<int>({{4, 2}, {9}, {}, {}, {1}});
  auto averages = streams.collect(numbers.avg_by_window(2s));
  auto smallest = streams.collect(numbers.min_by_window(2s));
  auto largest = streams.collect(numbers.max_by_window(2s));
  auto different = streams.collect(numbers.count_distinct_by_window(2s));

  EXPECT_EQ(streams.run(numbers.sum_by_window(2s), 5), (Batches<int>{{6}, {15}, {9}, {}, {1}}));
  EXPECT_EQ(*averages, (Batches<double>{{3}, {5}, {9}, {}, {1}}));
  EXPECT_EQ(*smallest, (Batches<int>{{2}, {2}, {9}, {}, {1}}));
  EXPECT_EQ(*largest, (Batches<int>{{4}, {9}, {9}, {}, {1}}));
  EXPECT_EQ(*different, (Batches<std::int64_t>{{2}, {3}, {1}, {0}, {1}}));
}

TEST_P(WindowTest, AggregatesByKeyLikeAWindowLookedAtWhole) {
  VirtualStreams streams;
  testing::GivenBatches<Count> batches;
  for (int batch = 0; batch < 30; ++batch) {
    std::vector<Count> rows;
    for (int i = 0; i < batch * 7 % 5; ++i) {
      rows.emplace_back("key" + std::to_string((batch + i) % 3), (batch * 31 + i * 17) % 23);
    }
    batches.emplace_back(rows);
  }
  auto pairs = streams.given<Count>(batches);
  auto smallest = streams.collect(pairs.min_by_key_and_window(7s, 3s));
  auto sums = streams.collect(pairs.sum_by_key_and_window(7s, 3s));
  auto smallest_whole = streams.collect(
      pairs.window(7s, 3s).reduce_by_key([](int a, int b) { return std::min(a, b); }));
  auto sums_whole = streams.run(pairs.window(7s, 3s).reduce_by_key(std::plus<>()), 30);

  EXPECT_EQ(sorted(*sums), sorted(sums_whole));
  EXPECT_EQ(sorted(*smallest), sorted(*smallest_whole));
}

TEST_P(WindowTest, SumsOfFractionsDoNotDrift) {
  VirtualStreams streams;
  auto numbers = streams.given<double>({{1e17}, {1.0}, {}, {}});

  EXPECT_EQ(streams.run(numbers.sum_by_window(2s), 3), (Batches<double>{{1e17}, {1e17}, {1.0}}));
}

}  // namespace
}  // namespace thalweg
