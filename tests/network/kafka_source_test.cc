// SPDX-License-Identifier: Apache-2.0
//
// A program between Kafka topics in bad weather, as its source meets it: in the end a reader of
// committed records sees each record once, or the program has said what is wrong.
#include "kafka_network_test.h"

namespace thalweg {
namespace {

using ::testing::HasSubstr;

class KafkaSourceNetworkTest : public KafkaNetworkTest {};

// proves: kafka: network faults
TEST_F(KafkaSourceNetworkTest, ReadsOnWhereFetchesAreResetInTheirMidst) {
  make_topics();
  give(0, 5000);
  proxy().tell("cut-answer 1 4");

  EXPECT_EQ(KafkaCopy(in(), out(), checkpoint()).run_to_the_end(), "");

  EXPECT_EQ(proxy().met(), 4);
  EXPECT_EQ(written(), numbers(5000));
}

// proves: kafka: network faults
TEST_F(KafkaSourceNetworkTest, ReadsAllOfASlowBroker) {
  make_topics();
  give(0, 5000);
  proxy().tell("rate 40000");

  EXPECT_EQ(KafkaCopy(in(), out(), checkpoint()).run_to_the_end(), "");

  EXPECT_GT(proxy().met(), 0);
  EXPECT_EQ(written(), numbers(5000));
}

TEST_F(KafkaSourceNetworkTest, ReadsAllWhereAnswersComeLate) {
  make_topics(3);
  for (int partition = 0; partition < 3; ++partition) {
    give(partition * 500, partition * 500 + 500, partition);
  }
  proxy().tell("delay 150");

  EXPECT_EQ(KafkaCopy(in(), out(), checkpoint()).run_to_the_end(), "");

  EXPECT_EQ(written(), numbers(1500));
}

// proves: kafka: network faults
TEST_F(KafkaSourceNetworkTest, SaysThatNobodyAnswersBehindAnOpenPortAndGoesOn) {
  make_topics();
  give(0, 100);
  proxy().tell("half-open");
  KafkaCopy program(in(), out(), checkpoint());
  program.start();

  EXPECT_TRUE(eventually([&] { return !program.troubles().empty(); }));
  EXPECT_THAT(program.troubles(), HasSubstr("can't ask which partitions there are"));
  EXPECT_THAT(program.troubles(), HasSubstr("see that a broker answers at " + proxy().address()));
  proxy().tell("clear");

  EXPECT_EQ(written(100), numbers(100));
  program.stop();
}

// proves: weather: broker down at start
TEST_F(KafkaSourceNetworkTest, WaitsForABrokerThatIsDownAtTheStart) {
  make_topics();
  give(0, 100);
  proxy().tell("refuse");
  KafkaCopy program(in(), out(), checkpoint());
  program.start();

  EXPECT_TRUE(eventually([&] { return !program.troubles().empty(); }));
  EXPECT_THAT(program.troubles(), HasSubstr("see that a broker answers at " + proxy().address()));
  proxy().tell("clear");

  EXPECT_EQ(written(100), numbers(100));
  program.stop();
}

TEST_F(KafkaSourceNetworkTest, ReadsOnWhenAnswersVanishForAWhile) {
  make_topics();
  give(0, 1000);
  KafkaCopy program(in(), out(), checkpoint());
  program.start();
  EXPECT_EQ(written(1000), numbers(1000));

  proxy().tell("swallow");
  give(1000, 2000);
  EXPECT_GT(proxy().met(3), 0);
  proxy().tell("clear");

  EXPECT_EQ(written(2000), numbers(2000));
  program.stop();
}

// proves: kafka: network faults
TEST_F(KafkaSourceNetworkTest, LosesNothingWhereConnectionsBreakAllTheTime) {
  make_topics(2);
  KafkaCopy program(in(), out(), checkpoint());
  program.start();

  for (int round = 0; round < 5; ++round) {
    give(round * 200, round * 200 + 100, 0);
    proxy().tell("refuse");
    give(round * 200 + 100, round * 200 + 200, 1);
    proxy().tell("clear");
  }

  EXPECT_EQ(written(1000), numbers(1000));
  program.stop();
}

// proves: kafka: server restart
// proves: weather: broker restarted under load
TEST_F(KafkaSourceNetworkTest, CopiesEachRecordOnceThroughARestartUnderLoad) {
  make_topics();
  KafkaCopy program(in(), out(), checkpoint());
  program.start();
  give(0, 1000);
  EXPECT_FALSE(written(1).empty());

  broker_->kill();
  ASSERT_TRUE(broker_->start());
  give(1000, 2000);

  EXPECT_EQ(written(2000), numbers(2000));
  EXPECT_EQ(program.failure(0), "runs");
  program.stop();
}

// proves: weather: partitions added
TEST_F(KafkaSourceNetworkTest, ReadsPartitionsThatAreAddedFromTheirBeginning) {
  make_topics(1);
  give(0, 100);
  KafkaCopy program(in({{"startingOffsets", "latest"}}), out(), checkpoint());
  program.start();
  EXPECT_TRUE(eventually([&] { return program.batches() > 2; }));

  give(0, 50, 0);
  broker_->set_partitions(topic("in"), 3);
  give(50, 100, 1);
  give(100, 150, 2);

  EXPECT_EQ(written(150), numbers(150));
  program.stop();
}

// proves: weather: topic deleted and recreated
TEST_F(KafkaSourceNetworkTest, SaysThatATopicWasDeletedAndMadeAgain) {
  make_topics();
  give(0, 100);
  EXPECT_EQ(KafkaCopy(in(), out(), checkpoint()).run_to_the_end(), "");

  broker_->delete_topic(topic("in"));
  broker_->create_topic(topic("in"), 1);
  give(100, 150);
  std::string failure = KafkaCopy(in(), out(), checkpoint()).run_to_the_end();

  EXPECT_THAT(failure, HasSubstr("ends at offset 50, before offset 100 up to which it was read: "
                                 "it was deleted and made again; set failOnDataLoss to false"));
  EXPECT_EQ(written(), numbers(100));
  EXPECT_EQ(KafkaCopy(in({{"failOnDataLoss", "false"}}), out(), checkpoint()).run_to_the_end(), "");
  EXPECT_EQ(written(), numbers(150));
}

}  // namespace
}  // namespace thalweg
