// SPDX-License-Identifier: Apache-2.0
//
// How much of a real topic a batch takes, and how far listeners are told it is behind.
#include "kafka_copy.h"

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

}  // namespace
}  // namespace thalweg
