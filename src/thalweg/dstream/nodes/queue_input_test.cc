// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/nodes/queue_input.h"

#include <vector>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"

namespace thalweg {
namespace {

using testing::Batches;
using testing::VirtualStreams;

class QueueStreamTest : public ::testing::Test {
 protected:
  RDD<int> rdd(std::initializer_list<int> rows) {
    return streams_.context().context().parallelize(rows);
  }

  VirtualStreams streams_;
};

TEST_F(QueueStreamTest, TakesOneRddABatch) {
  auto stream = streams_.context().queue_stream(std::vector{rdd({1, 2}), rdd({3})});

  EXPECT_EQ(streams_.run(stream, 3), (Batches<int>{{1, 2}, {3}, {}}));
}

TEST_F(QueueStreamTest, TakesAllThatWaitWhereAsked) {
  auto stream = streams_.context().queue_stream(std::vector{rdd({1, 2}), rdd({3})}, false);

  EXPECT_EQ(streams_.run(stream, 2), (Batches<int>{{1, 2, 3}, {}}));
}

TEST_F(QueueStreamTest, FallsBackOnADefault) {
  auto stream = streams_.context().queue_stream(RddQueue<int>({rdd({1})}), true, rdd({0}));

  EXPECT_EQ(streams_.run(stream, 3), (Batches<int>{{1}, {0}, {0}}));
}

TEST_F(QueueStreamTest, MayBeFedWhileTheContextRuns) {
  RddQueue<int> queue;
  auto batches = streams_.collect(streams_.context().queue_stream(queue));

  streams_.run_batches(1);
  queue.push(rdd({7}));
  streams_.run_batches(1);

  EXPECT_EQ(*batches, (Batches<int>{{}, {7}}));
}

TEST_F(QueueStreamTest, GracefulStopEmptiesTheQueue) {
  auto batches =
      streams_.collect(streams_.context().queue_stream(std::vector{rdd({1}), rdd({2}), rdd({3})}));
  streams_.run_batches(1);

  streams_.context().stop(true);

  EXPECT_EQ(*batches, (Batches<int>{{1}, {2}, {3}}));
}

TEST_F(QueueStreamTest, StopAtOnceLeavesTheRest) {
  auto batches = streams_.collect(streams_.context().queue_stream(std::vector{rdd({1}), rdd({2})}));
  streams_.run_batches(1);

  streams_.context().stop(false);

  EXPECT_EQ(*batches, (Batches<int>{{1}}));
}

}  // namespace
}  // namespace thalweg
