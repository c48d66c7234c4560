// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/long_line.h"

#include <gtest/gtest.h>

namespace thalweg {
namespace {

TEST(LongLineTest, IsGatheredInPieces) {
  LongLine line(7);
  line.append("123\r");
  line.append("");
  line.append("45");
  line.end();

  EXPECT_EQ(line.position(), "offset=7");
  EXPECT_EQ(line.reason(4), "line is longer than 4 bytes (\"line_bytes_max\"): it has 6");
  EXPECT_EQ(line.bytes(), "123\r45");
}

TEST(LongLineTest, HasNotTheReturnOfItsEnd) {
  LongLine line(0);
  line.append("12345\r");
  line.append("\r");
  line.end();
  line.end();

  EXPECT_EQ(line.size(), 6U);
  EXPECT_EQ(line.bytes(), "12345\r");
}

TEST(LongLineTest, KeepsItsStartOnly) {
  LongLine line(0);
  line.append("start");
  for (int i = 0; i < 100; ++i) line.append(std::string(10'000, 'x'));
  line.append("\r");
  line.end();

  EXPECT_EQ(line.bytes().size(), LongLine::dead_letter_bytes_max);
  EXPECT_TRUE(line.bytes().starts_with("startxxx"));
  EXPECT_EQ(line.reason(9),
            "line is longer than 9 bytes (\"line_bytes_max\"): it has 1000005, of which 65536 are "
            "kept");
  EXPECT_EQ(line.take_bytes().size(), LongLine::dead_letter_bytes_max);
}

}  // namespace
}  // namespace thalweg
