// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/time.h"

#include <limits>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

using namespace std::chrono_literals;

Time at(std::int64_t millis) { return Time::from_millis(millis); }

TEST(TimeTest, SaturatesAtBothEnds) {
  EXPECT_EQ(Time::max() + 1s, Time::max());
  EXPECT_EQ(Time::min() - 1s, Time::min());
  EXPECT_EQ(Time::max() - Time::min(), Duration::max());
  EXPECT_EQ(Time::min() - Time::max(), Duration::min());
  EXPECT_EQ(Time() - Time::min(), Duration::max());
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::max()), Time::max());
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::min()), Time::min());
}

TEST(TimeTest, RoundsDownBefore1970Too) {
  EXPECT_EQ(Time::from_micros(1999).millis(), 1);
  EXPECT_EQ(Time::from_micros(-1).millis(), -1);
  EXPECT_EQ(Time::from_micros(-1000).millis(), -1);
  EXPECT_EQ(floor_divide(-7, 2), -4);
  EXPECT_EQ(floor_divide(7, 2), 3);
  EXPECT_EQ(floor_divide(-8, 2), -4);
}

TEST(TimeTest, FloorIsTheMultipleThatIsNotAfter) {
  EXPECT_EQ(at(1500).floor(1s), at(1000));
  EXPECT_EQ(at(2000).floor(1s), at(2000));
  EXPECT_EQ(at(-1).floor(1s), at(-1000));
  EXPECT_EQ(at(-1000).floor(1s), at(-1000));
  EXPECT_EQ(at(1500).floor(1s, at(300)), at(1300));
  EXPECT_EQ(at(200).floor(1s, at(300)), at(-700));
}

TEST(TimeTest, FloorDoesNotWrapAtTheEnds) {
  EXPECT_EQ(Time::min().floor(1s), Time::min());
  EXPECT_EQ(Time::min().floor(1us), Time::min());
  EXPECT_LE(Time::max().floor(1s), Time::max());
  EXPECT_TRUE(Time::max().floor(1s).is_multiple_of(1s));
}

TEST(TimeTest, CountsFromOneTimeToAnother) {
  EXPECT_EQ(at(0).to(at(2500), 1s), (std::vector<Time>{at(0), at(1000), at(2000)}));
  EXPECT_EQ(at(0).to(at(0), 1s), (std::vector<Time>{at(0)}));
  EXPECT_TRUE(at(1).to(at(0), 1s).empty());
}

TEST(TimeTest, CountsToTheEndOfTime) {
  EXPECT_EQ((Time::max() - 1s).to(Time::max(), 1s),
            (std::vector<Time>{Time::max() - 1s, Time::max()}));
  EXPECT_EQ((Time::max() - 1500ms).to(Time::max(), 1s),
            (std::vector<Time>{Time::max() - 1500ms, Time::max() - 500ms}));
  EXPECT_EQ(Time::min().to(Time::max(), Duration::max()).size(), 3U);
}

TEST(TimeTest, KnowsMultiples) {
  EXPECT_TRUE(at(3000).is_multiple_of(1s));
  EXPECT_FALSE(at(3001).is_multiple_of(1s));
  EXPECT_TRUE(at(-3000).is_multiple_of(1s));
  EXPECT_TRUE(is_positive_multiple(3s, 1s));
  EXPECT_FALSE(is_positive_multiple(0s, 1s));
  EXPECT_FALSE(is_positive_multiple(-1s, 1s));
  EXPECT_FALSE(is_positive_multiple(1500ms, 1s));
  EXPECT_FALSE(is_positive_multiple(1s, 0s));
}

TEST(TimeTest, LengthsPrintInTheLargestWholeUnit) {
  EXPECT_EQ(to_string(Duration(250us)), "250 us");
  EXPECT_EQ(to_string(Duration(1500ms)), "1500 ms");
  EXPECT_EQ(to_string(Duration(2s)), "2 s");
  EXPECT_EQ(to_string(Duration(60s)), "60 s");
  EXPECT_EQ(to_string(Duration(120s)), "2 min");
  EXPECT_EQ(to_string(Duration(121s)), "121 s");
  EXPECT_EQ(to_string(Duration(0)), "0 ms");
  EXPECT_EQ(to_string(Duration(-2s)), "-2 s");
}

TEST(TimeTest, TimesPrintAsMillisecondsOrUtc) {
  EXPECT_EQ(to_string(at(1500)), "1500 ms");
  EXPECT_EQ(to_string(Time::from_micros(1500)), "1500 us");
  EXPECT_EQ(to_utc_string(at(1'795'262'405'250)), "2026-11-21 12:00:05.250");
  EXPECT_EQ(to_utc_string(Time::from_micros(-1)), "1969-12-31 23:59:59.999");
}

}  // namespace
}  // namespace thalweg
