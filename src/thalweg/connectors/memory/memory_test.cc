// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/memory/memory.h"

#include <gtest/gtest.h>

#include "thalweg/connectors/memory_table.h"
#include "thalweg/connectors/registry.h"

namespace thalweg::memory {
namespace {

class MemorySinkTest : public ::testing::Test {
 protected:
  std::unique_ptr<SinkWriter> writer(int index = 0) {
    auto made = make_sink("memory", {{"name", "orders"}}, context_);
    EXPECT_EQ(made.value()->guarantee(), Guarantee::resumable);
    return std::move(made.value()->open(index, 2)).value();
  }

  MemoryBudget memory_{1 << 20};
  FileSystems files_;
  ConnectorContext context_{SystemClock::instance(), memory_, files_, {}};
  std::shared_ptr<MemoryTable> table_ = MemoryTable::named("orders");
};

// proves: memory: round trip
TEST_F(MemorySinkTest, ShowsRowsWhenTheyAreCommitted) {
  auto sink = writer();
  EXPECT_EQ(sink->committed().value(), -1);
  ASSERT_TRUE(sink->begin(0, 0).ok());
  ASSERT_TRUE(sink->write(Batch::of_text("a\nb\n")).ok());
  auto sealed = sink->seal();
  EXPECT_EQ(table_->text(), "");
  ASSERT_TRUE(sink->commit(0, sealed.value()).ok());
  EXPECT_EQ(table_->text(), "a\nb\n");
  EXPECT_EQ(table_->row_count(), 2U);
  EXPECT_EQ(sink->committed().value(), 0);
}

TEST_F(MemorySinkTest, BeginDiscardsAnEarlierAttempt) {
  auto sink = writer();
  ASSERT_TRUE(sink->begin(0, 0).ok());
  ASSERT_TRUE(sink->write(Batch::of_text("first\n")).ok());
  ASSERT_TRUE(sink->begin(0, 1).ok());
  ASSERT_TRUE(sink->write(Batch::of_text("second\n")).ok());
  ASSERT_TRUE(sink->commit(0, "").ok());
  EXPECT_EQ(table_->text(), "second\n");
}

TEST_F(MemorySinkTest, RefusesAWriterThatWasReplaced) {
  auto old = writer();
  auto replacement = writer();
  ASSERT_TRUE(old->begin(0, 0).ok());
  ASSERT_TRUE(replacement->begin(0, 1).ok());
  EXPECT_EQ(old->write(Batch::of_text("late\n")).to_string(),
            "cancelled: sink memory: attempt 0 at epoch 0 is no longer the latest");
  EXPECT_EQ(old->begin(0, 0).to_string(),
            "cancelled: sink memory: attempt 0 at epoch 0 was followed by attempt 1");
}

TEST_F(MemorySinkTest, CommitOfAnotherWriterObjectFindsWhatWasSealed) {
  auto sink = writer();
  ASSERT_TRUE(sink->begin(3, 0).ok());
  ASSERT_TRUE(sink->write(Batch::of_text("row\n")).ok());
  sink.reset();
  auto resumed = writer();
  ASSERT_TRUE(resumed->commit(3, "").ok());
  ASSERT_TRUE(resumed->commit(3, "").ok());
  EXPECT_EQ(table_->text(), "row\n");
  EXPECT_EQ(resumed->committed().value(), 3);
}

TEST_F(MemorySinkTest, AbortDiscards) {
  auto sink = writer();
  ASSERT_TRUE(sink->begin(0, 0).ok());
  ASSERT_TRUE(sink->write(Batch::of_text("row\n")).ok());
  ASSERT_TRUE(sink->abort().ok());
  ASSERT_TRUE(sink->commit(0, "").ok());
  EXPECT_EQ(table_->text(), "");
}

TEST_F(MemorySinkTest, OrdersByEpochThenByWriter) {
  auto first = writer(0);
  auto second = writer(1);
  for (SinkEpoch epoch : {0, 1}) {
    for (auto* sink : {second.get(), first.get()}) {
      ASSERT_TRUE(sink->begin(epoch, 0).ok());
      std::string row = std::to_string(epoch) + (sink == first.get() ? "a\n" : "b\n");
      ASSERT_TRUE(sink->write(Batch::of_text(row)).ok());
      ASSERT_TRUE(sink->commit(epoch, "").ok());
    }
  }
  EXPECT_EQ(table_->text(), "0a\n0b\n1a\n1b\n");
}

// proves: memory: limits
TEST_F(MemorySinkTest, HoldsABoundedNumberOfBytes) {
  Batch row = Batch::of_text("a row\n");
  std::string bytes = std::to_string(2 * row.bytes());
  auto sink =
      make_sink("memory", {{"name", "orders"}, {"bytes_max", bytes}}, context_).value()->open(0, 1);
  ASSERT_TRUE(sink.value()->begin(0, 0).ok());
  ASSERT_TRUE(sink.value()->write(row).ok());
  ASSERT_TRUE(sink.value()->commit(0, "").ok());
  ASSERT_TRUE(sink.value()->begin(1, 0).ok());
  ASSERT_TRUE(sink.value()->write(row).ok());

  EXPECT_EQ(sink.value()->write(row).to_string(),
            "invalid_argument: sink memory: the table would hold more than " + bytes +
                " bytes: epoch 1 adds " + std::to_string(row.bytes()) + " to " + bytes +
                "; write fewer rows, raise bytes_max, or write to files");
  ASSERT_TRUE(sink.value()->abort().ok());
  ASSERT_TRUE(sink.value()->begin(1, 1).ok());
  EXPECT_TRUE(sink.value()->write(row).ok()) << "what was dropped still counts";
}

TEST_F(MemorySinkTest, ATableLivesAsLongAsSomeoneHoldsIt) {
  auto table = MemoryTable::named("short");
  ASSERT_TRUE(table->begin(0, 0, 0).ok());
  ASSERT_TRUE(table->append(0, 0, 0, Batch::of_text("row\n")).ok());
  table->commit(0, 0);
  EXPECT_EQ(MemoryTable::named("short")->row_count(), 1U);
  table.reset();
  EXPECT_EQ(MemoryTable::named("short")->row_count(), 0U);
}

}  // namespace
}  // namespace thalweg::memory
