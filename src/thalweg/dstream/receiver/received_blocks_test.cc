// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/received_blocks.h"

#include <thread>

#include <gtest/gtest.h>

#include "thalweg/rdd/row_block.h"

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
    auto block = std::make_shared<RowBlock<std::string>>();
    block->append_row(std::string(bytes, 'x'));
    ASSERT_TRUE(blocks_->store(block, 1, RowBlock<std::string>::decoder()).ok());
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

}  // namespace
}  // namespace thalweg
