// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/rate/lag_times.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

using namespace std::chrono_literals;

/// Looks at one partition, whose positions are numbers.
class Looking {
 public:
  /// At `now` there are rows up to `latest`, of which those before `planned` are planned.
  Duration look(Duration now, std::int64_t latest, std::int64_t planned) {
    return times_.note({"0"}, Time(now), {std::to_string(latest)}, [&](const Position& seen) {
      return std::max<std::int64_t>(std::stoll(seen.text) - planned, 0);
    });
  }

 private:
  LagTimes times_;
};

TEST(LagTimesTest, AreZeroWhereAllIsPlanned) {
  Looking partition;

  EXPECT_EQ(partition.look(1s, 10, 10), 0s);
  EXPECT_EQ(partition.look(2s, 20, 20), 0s);
}

TEST(LagTimesTest, GrowWhileTheSameRowsWait) {
  Looking partition;

  EXPECT_EQ(partition.look(1s, 10, 5), 0s);
  EXPECT_EQ(partition.look(3s, 10, 5), 2s);
  EXPECT_EQ(partition.look(4s, 30, 9), 3s);
}

TEST(LagTimesTest, TellWhenTheFirstRowThatWaitsWasSeen) {
  Looking partition;
  EXPECT_EQ(partition.look(1s, 10, 0), 0s);
  EXPECT_EQ(partition.look(2s, 20, 5), 1s);
  EXPECT_EQ(partition.look(3s, 30, 9), 2s);

  // Rows 10 to 19 came between the first and the second look.
  EXPECT_EQ(partition.look(4s, 40, 10), 2s);
  EXPECT_EQ(partition.look(5s, 50, 40), 0s);
  EXPECT_EQ(partition.look(6s, 50, 50), 0s);
}

TEST(LagTimesTest, RememberABoundedNumberOfLooksAndStillTheFirst) {
  Looking partition;
  Duration waited{0};

  for (int i = 0; i <= 10'000; ++i) waited = partition.look(i * 1s, i + 1, 0);

  EXPECT_EQ(waited, 10'000s);
}

}  // namespace
}  // namespace thalweg
