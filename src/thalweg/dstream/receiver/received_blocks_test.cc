// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/received_blocks.h"

#include <atomic>
#include <filesystem>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/dstream/receiver/row_collector.h"
#include "thalweg/rdd/row_block.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;

class ReceivedBlocksTest : public ::testing::Test {
 protected:
  static SessionOptions small() {
    SessionOptions options;
    options.memory_bytes_max = 4 << 20;
    return options;
  }
  void store(std::size_t bytes = 8) {
    auto block = make_block<std::string>();
    block_of<std::string>(*block).append_row(std::string(bytes, 'x'));
    blocks_->store(block, 1, row_codec<std::string>());
  }

  Session session_{"local[1]", "test", small()};
  std::shared_ptr<ReceivedBlocks> blocks_ = std::make_shared<ReceivedBlocks>(session_.state(), 0);
};

TEST_F(ReceivedBlocksTest, ABatchTakesWhatWaits) {
  store();
  store();
  blocks_->allocate(Time(1s));
  store();
  EXPECT_TRUE(blocks_->has_waiting());
  blocks_->allocate(Time(2s));

  EXPECT_EQ(blocks_->of_batch(Time(1s)).size(), 2u);
  EXPECT_EQ(blocks_->of_batch(Time(2s)).size(), 1u);
  EXPECT_TRUE(blocks_->of_batch(Time(3s)).empty());
  EXPECT_FALSE(blocks_->has_waiting());
  EXPECT_EQ(blocks_->record_count(), 3);
}

TEST_F(ReceivedBlocksTest, ForgetsBatchesStrictlyBefore) {
  store();
  blocks_->allocate(Time(1s));
  store();
  blocks_->allocate(Time(2s));

  blocks_->forget_before(Time(2s));

  EXPECT_TRUE(blocks_->of_batch(Time(1s)).empty());
  EXPECT_EQ(blocks_->of_batch(Time(2s)).size(), 1u);
}

TEST_F(ReceivedBlocksTest, BlocksThatNoBatchReadDoNotKeepTheSession) {
  std::weak_ptr<SessionState> state = session_.state();
  store();
  blocks_->allocate(Time(1s));
  store();

  blocks_.reset();
  session_ = Session("local[1]", "another");

  EXPECT_TRUE(state.expired());
}

TEST_F(ReceivedBlocksTest, WhoStoresWaitsForRoom) {
  store(std::size_t{2} << 20);
  blocks_->allocate(Time(1s));
  std::stop_source stop;
  std::thread waiter([&] { EXPECT_TRUE(blocks_->wait_for_room(stop.get_token())); });

  blocks_->forget_before(Time(2s));

  waiter.join();
}

TEST_F(ReceivedBlocksTest, ThereIsNoRoomForWhoIsToStop) {
  std::stop_source stop;
  stop.request_stop();

  EXPECT_FALSE(blocks_->wait_for_room(stop.get_token()));
}

/// A session that is short of memory, with a file where its blocks would go.
class FullDiskTest : public ::testing::Test {
 protected:
  FullDiskTest() {
    // What something else holds, so that each block is beyond the limit.
    others_.resize(session_.state()->memory.limit_bytes());
  }
  SessionOptions options() {
    SessionOptions options;
    options.memory_bytes_max = 4 << 20;
    options.spill_directory = directory_.write("spill", "no directory");
    options.clock = &clock_;
    return options;
  }
  /// From now on blocks can be written.
  void mend() { std::filesystem::remove(directory_.path("spill")); }
  /// Moves the clock on until `done`.
  void run_until(const std::atomic<bool>& done) {
    while (!done) {
      clock_.advance(ReceivedBlocks::room_retry_wait);
      std::this_thread::yield();
    }
  }
  std::vector<int> rows_of_batch(Time time) {
    std::vector<int> rows;
    for (const auto& block : blocks_->of_batch(time)) {
      auto read = block->read();
      EXPECT_TRUE(read.ok()) << read.status().to_string();
      for (int row : static_cast<const RowBlock<int>&>(*read.value()).rows()) rows.push_back(row);
    }
    return rows;
  }

  testing::TemporaryDirectory directory_;
  VirtualClock clock_;
  Session session_{"local[1]", "test", options()};
  MemoryCharge others_{session_.state()->memory};
  std::shared_ptr<ReceivedBlocks> blocks_ = std::make_shared<ReceivedBlocks>(session_.state(), 7);
};

TEST_F(FullDiskTest, WhatWasReceivedIsKeptAndTheReceiverWaits) {
  RowCollector<int> collector(blocks_, clock_, 200ms, std::make_shared<RateLimit>(clock_));
  std::latch reported(1);
  std::vector<std::string> reports;
  collector.set_error_report([&](const std::string& message) {
    reports.push_back(message);
    reported.count_down();
  });
  EXPECT_TRUE(collector.store_block({1, 2}));
  std::atomic<bool> done{false};
  std::thread receiver([&] {
    EXPECT_TRUE(collector.store(3));
    collector.cut();
    done = true;
  });
  reported.wait();
  for (int i = 0; i < 5; ++i) clock_.advance(ReceivedBlocks::room_retry_wait);
  blocks_->allocate(Time(1s));
  EXPECT_FALSE(done);

  mend();
  run_until(done);
  receiver.join();

  blocks_->allocate(Time(2s));
  EXPECT_EQ(rows_of_batch(Time(1s)), (std::vector{1, 2}));
  EXPECT_EQ(rows_of_batch(Time(2s)), std::vector{3});
  EXPECT_EQ(blocks_->record_count(), 3);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_TRUE(reports[0].starts_with("memory is full, and blocks can't be written to disk: "))
      << reports[0];
}

TEST_F(FullDiskTest, AReceiverThatWaitsGoesOnWhenMemoryIsGivenBack) {
  RowCollector<int> collector(blocks_, clock_, 200ms, std::make_shared<RateLimit>(clock_));
  EXPECT_TRUE(collector.store_block({1}));
  others_.resize(0);

  EXPECT_TRUE(collector.store(2));
}

TEST_F(FullDiskTest, AReceiverThatWaitsCanBeStopped) {
  std::stop_source stop;
  auto block = make_block<int>();
  block_of<int>(*block).append_row(1);
  blocks_->store(block, 1, row_codec<int>());
  std::latch reported(1);
  std::thread receiver([&] {
    EXPECT_FALSE(blocks_->wait_for_room(stop.get_token(),
                                        [&](const std::string&) { reported.count_down(); }));
  });
  reported.wait();

  stop.request_stop();

  receiver.join();
  EXPECT_TRUE(blocks_->has_waiting());
}

}  // namespace
}  // namespace thalweg
