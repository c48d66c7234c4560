// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/console/sink.h"

#include <sstream>

#include <gtest/gtest.h>

namespace thalweg::console {
namespace {

// proves: console: round trip
TEST(ConsoleSinkTest, PrintsAnEpochWhenItIsCommitted) {
  std::ostringstream out;
  auto sink = make_sink(out, 2);
  EXPECT_EQ(sink->guarantee(), Guarantee::at_least_once);
  auto writer = std::move(sink->open(0, 1)).value();
  ASSERT_TRUE(writer->begin(0, 0).ok());
  ASSERT_TRUE(writer->write(Batch::of_text("a\n")).ok());
  ASSERT_TRUE(writer->write(Batch::of_text("b\nc\nd\n")).ok());
  EXPECT_EQ(out.str(), "");
  ASSERT_TRUE(writer->commit(0, writer->seal().value()).ok());
  EXPECT_EQ(out.str(), "epoch 0: 4 rows\na\nb\n... 2 more\n");
  ASSERT_TRUE(writer->commit(0, "").ok());
  EXPECT_EQ(out.str(), "epoch 0: 4 rows\na\nb\n... 2 more\n");
}

TEST(ConsoleSinkTest, BeginAndAbortDiscard) {
  std::ostringstream out;
  auto writer = std::move(make_sink(out, 20)->open(0, 1)).value();
  ASSERT_TRUE(writer->begin(0, 0).ok());
  ASSERT_TRUE(writer->write(Batch::of_text("first\n")).ok());
  ASSERT_TRUE(writer->begin(0, 1).ok());
  ASSERT_TRUE(writer->write(Batch::of_text("second\n")).ok());
  ASSERT_TRUE(writer->abort().ok());
  ASSERT_TRUE(writer->begin(0, 2).ok());
  ASSERT_TRUE(writer->write(Batch::of_text("third\n")).ok());
  ASSERT_TRUE(writer->commit(0, "").ok());
  EXPECT_EQ(out.str(), "epoch 0: 1 row\nthird\n");
}

TEST(ConsoleSinkTest, SaysWhenTheOutputFails) {
  std::ostringstream out;
  auto writer = std::move(make_sink(out, 20)->open(0, 1)).value();
  ASSERT_TRUE(writer->begin(0, 0).ok());
  out.setstate(std::ios::badbit);
  EXPECT_EQ(writer->commit(0, "").to_string(), "unavailable: sink console: output was not taken");
}

}  // namespace
}  // namespace thalweg::console
