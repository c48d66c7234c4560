// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/bounded_queue.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

TEST(BoundedQueueTest, GivesItemsInOrder) {
  BoundedQueue<int> queue(3);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
}

TEST(BoundedQueueTest, PushWaitsForRoom) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(queue.push(1));
  std::jthread pushing([&] { EXPECT_TRUE(queue.push(2)); });
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
}

TEST(BoundedQueueTest, CloseLetsReadersEmptyIt) {
  BoundedQueue<int> queue(3);
  ASSERT_TRUE(queue.push(1));
  queue.close();
  EXPECT_FALSE(queue.push(2));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueueTest, CloseWakesBothSides) {
  BoundedQueue<int> full(1);
  BoundedQueue<int> empty(1);
  ASSERT_TRUE(full.push(1));
  std::jthread pushing([&] { EXPECT_FALSE(full.push(2)); });
  std::jthread popping([&] { EXPECT_EQ(empty.pop(), std::nullopt); });
  full.close();
  empty.close();
}

TEST(BoundedQueueTest, AStopWakesBothSides) {
  BoundedQueue<int> full(1);
  BoundedQueue<int> empty(1);
  std::stop_source stop;
  ASSERT_TRUE(full.push(1));
  std::jthread pushing([&] { EXPECT_FALSE(full.push(2, stop.get_token())); });
  std::jthread popping([&] { EXPECT_EQ(empty.pop(stop.get_token()), std::nullopt); });
  stop.request_stop();
}

TEST(BoundedQueueTest, DrainTakesWhatIsThere) {
  BoundedQueue<int> queue(2);
  ASSERT_TRUE(queue.push(1));
  ASSERT_TRUE(queue.push(2));
  EXPECT_EQ(queue.drain(), (std::deque<int>{1, 2}));
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_TRUE(queue.drain().empty());
}

TEST(BoundedQueueTest, LosesNothingAmongManyThreads) {
  BoundedQueue<std::unique_ptr<int>> queue(4);
  std::atomic<int> sum = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i) {
      readers.emplace_back([&] {
        while (auto item = queue.pop()) sum += **item;
      });
    }
    {
      std::vector<std::jthread> writers;
      for (int i = 0; i < 3; ++i) {
        writers.emplace_back([&] {
          for (int n = 1; n <= 1000; ++n) EXPECT_TRUE(queue.push(std::make_unique<int>(n)));
        });
      }
    }
    queue.close();
  }
  EXPECT_EQ(sum, 3 * 500'500);
}

}  // namespace
}  // namespace thalweg
