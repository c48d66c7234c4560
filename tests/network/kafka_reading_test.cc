// SPDX-License-Identifier: Apache-2.0
//
// How much of a real topic a batch takes, and how far listeners are told it is behind.
#include "kafka_network_test.h"
#include "thalweg/testing/batches.h"
#include "thalweg/testing/slow_batches.h"

namespace thalweg {
namespace {

struct Order {
  std::int64_t id = 0;
  std::string_view page;
};
THALWEG_FIELDS(Order, id, page)

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

  testing::expect_slow_batches_to_take_less(streams);
}

// proves: Kafka records: malformed; Kafka records: wrong schema; Kafka records: nulls
// proves: Kafka records: huge numbers; Kafka records: deep nesting; Kafka records: truncated
TEST_F(KafkaReadingTest, GoodAndDeadRecordsAreTheInput) {
  broker_->create_topic(topic("orders"), 1);
  const std::string deep = std::string(50'000, '[') + std::string(50'000, ']');
  const Lines bad{R"({"id":x,"page":"a"})", R"({"page":"a"})", R"({"id":null,"page":"a"})",
                  R"({"id":9223372036854775808,"page":"a"})", R"({"id":3,"pa)"};
  Lines sent{R"({"id":1,"page":"a"})"};
  sent.insert(sent.end(), bad.begin(), bad.end());
  sent.push_back(R"({"id":2,"deep":)" + deep + R"(,"page":"b"})");
  broker_->produce(topic("orders"), 0, sent);
  testing::VirtualStreams streams;
  auto ids =
      streams.context()
          .direct_stream<Order>("kafka", in({{"subscribe", topic("orders")}, {"format", "json"}}))
          .map([](const Order& order) { return order.id; });

  EXPECT_EQ(streams.run(ids, 1), (testing::Batches<std::int64_t>{{1, 2}}));

  auto letters = streams.session().dead_letters().latest();
  ASSERT_EQ(letters.size(), bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(letters[i].bytes, bad[i]);
    EXPECT_THAT(letters[i].position, ::testing::EndsWith(";offset=" + std::to_string(i + 1)));
    EXPECT_NE(letters[i].reason, "");
  }
}

}  // namespace
}  // namespace thalweg
