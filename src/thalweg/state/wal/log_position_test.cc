// SPDX-License-Identifier: Apache-2.0
#include "thalweg/state/wal/log_position.h"

#include <limits>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

TEST(LogPositionTest, IsTheSameAfterItsText) {
  for (const LogPosition& position : {LogPosition{}, LogPosition{3, 28, 100},
                                      LogPosition{std::numeric_limits<std::uint64_t>::max(),
                                                  std::numeric_limits<std::uint64_t>::max(),
                                                  std::numeric_limits<std::uint32_t>::max()}}) {
    auto read = parse_log_position(to_string(position));
    ASSERT_TRUE(read.ok()) << read.status().to_string();
    EXPECT_EQ(read.value(), position);
  }
  EXPECT_EQ(to_string(LogPosition{3, 28, 100}), "3:28:100");
}

TEST(LogPositionTest, LaterRecordsCompareGreater) {
  EXPECT_LT((LogPosition{1, 5000, 9}), (LogPosition{2, 28, 1}));
  EXPECT_LT((LogPosition{2, 28, 9}), (LogPosition{2, 45, 1}));
}

TEST(LogPositionTest, RefusesOtherText) {
  for (const char* text : {"", "3", "3:28", "3:28:", "3:28:1 ", "3:28:1:2", ":28:1", "-1:28:1",
                           "a:b:c", "3:28:4294967296", "18446744073709551616:28:1"}) {
    auto read = parse_log_position(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.status().code(), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(parse_log_position("3,28").status().message(),
            "not a position in a log: \"3,28\"; it has the form segment:offset:length, "
            "like 3:28:100");
}

}  // namespace
}  // namespace thalweg
