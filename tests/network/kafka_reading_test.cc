// SPDX-License-Identifier: Apache-2.0
//
// How much of a real topic a batch takes, and how far listeners are told it is behind.
#include "kafka_network_test.h"
#include "thalweg/testing/batches.h"

namespace thalweg {
namespace {

class KafkaReadingTest : public KafkaNetworkTest {
 protected:
  void SetUp() override {
    KafkaNetworkTest::SetUp();
    if (IsSkipped()) return;
    make_topics();
    give(0, 100);
  }
};

// proves: kafka: limits; kafka: metrics
TEST_F(KafkaReadingTest, ABatchTakesNoMoreThanItsLimitAndTellsWhatWaits) {
  KafkaCopy program(in({{"maxRecordsPerTrigger", "40"}}), out(), checkpoint());

  EXPECT_EQ(program.run_to_the_end(), "");

  EXPECT_EQ(written(), numbers(100));
  std::vector<BatchSeen> batches = program.batches_with_records();
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_EQ(batches[0].records, 40);
  EXPECT_EQ(batches[0].waiting, 60);
  EXPECT_EQ(batches[1].waiting, 20);
  EXPECT_GT(batches[1].waited, Duration(0));
  EXPECT_EQ(batches[2].records, 20);
  EXPECT_EQ(batches[2].waiting, 0);
  EXPECT_EQ(batches[2].waited, Duration(0));
}

// proves: kafka: back-pressure
TEST_F(KafkaReadingTest, BatchesThatAreSlowTakeLess) {
  give(100, 10'000);
  testing::VirtualStreams streams(std::chrono::seconds(1),
                                  {.rates = {.backpressure = true, .initial_rate = 200}});
  // All of them are there at once; a second's work is a hundred.
  kafka::direct_stream(streams.context(), in()).for_each_rdd([&](const RDD<kafka::Record>& rdd) {
    streams.clock().advance(rdd.count() * std::chrono::milliseconds(10));
  });

  while (streams.counter().reports().size() < 60) streams.run_batches(1);

  EXPECT_EQ(streams.failure(), std::nullopt);
  auto reports = streams.counter().reports();
  EXPECT_EQ(reports[0].record_count(), 200);
  for (std::size_t batch = 50; batch < 60; ++batch) {
    EXPECT_LE(reports[batch].record_count(), 110) << batch;
    EXPECT_GT(reports[batch].record_count(), 0) << batch;
  }
}

}  // namespace
}  // namespace thalweg
