// SPDX-License-Identifier: Apache-2.0
//
// A program between Kafka topics in bad weather, as its sink meets it. The numbers are those of
// Kafka's protocol: a request's kind.
#include "kafka_network_test.h"

namespace thalweg {
namespace {

constexpr const char* produce = "0";
constexpr const char* init_producer_id = "22";
constexpr const char* end_transaction = "26";
constexpr const char* commit_offset_in_transaction = "28";

class KafkaSinkNetworkTest : public KafkaNetworkTest {
 protected:
  static std::string said(const std::string& command, const char* kind,
                          const std::string& times = "") {
    return proxy().tell(command + " " + kind + (times.empty() ? "" : " " + times));
  }

  /// Starts a copy of which the first hundred records are committed; the commit of the second is
  /// held up, and they are written all the same.
  void start_with_a_commit_held_up(KafkaCopy& program) {
    program.start();
    give(0, 100);
    EXPECT_EQ(written(100), numbers(100));
    said("hold", end_transaction);
    give(100, 200);
    EXPECT_EQ(proxy().met(1), 1);
    EXPECT_EQ(written(200), numbers(200));
  }
};

// proves: kafka: network faults
TEST_F(KafkaSinkNetworkTest, ACommitThatIsHeldUpDoesNoHarmWhenItArrives) {
  make_topics();
  KafkaCopy program(in(), out(), checkpoint());
  // The program gives the producer up, makes another, and writes the batch again.
  start_with_a_commit_held_up(program);
  // Now the old commit arrives, while the new producer writes.
  give(200, 300);
  proxy().tell("release");
  give(300, 400);

  EXPECT_EQ(written(400), numbers(400));
  EXPECT_EQ(program.failure(0), "runs");
  program.stop();
}

// proves: kafka: network faults
TEST_F(KafkaSinkNetworkTest, ACommitThatWasSentAgainDoesNoHarmWhenTheFirstArrives) {
  make_topics();
  KafkaCopy program(in(), out({{"commitTimeoutMs", "20000"}}), checkpoint());
  // librdkafka waits for an answer for two seconds, and sends it again over another connection.
  start_with_a_commit_held_up(program);
  for (int end = 300; end <= 1000; end += 100) {
    give(end - 100, end);
    if (end == 300) proxy().tell("release");
  }

  EXPECT_EQ(written(1000), numbers(1000));
  EXPECT_EQ(program.failure(0), "runs");
  program.stop();
}

// proves: kafka: network faults
TEST_F(KafkaSinkNetworkTest, ACommitThatWasSentAgainCantEndTheNextBatchHalfWay) {
  make_topics();
  KafkaCopy program(in(), out({{"commitTimeoutMs", "20000"}}), checkpoint());
  start_with_a_commit_held_up(program);

  // The records of the next batch are in its transaction, its number is not yet.
  said("hold-too", commit_offset_in_transaction);
  give(200, 300);
  EXPECT_EQ(proxy().met(2), 2);
  said("release", end_transaction);
  EXPECT_EQ(written(), numbers(200)) << "a part of a batch is seen";
  said("release", commit_offset_in_transaction);
  give(300, 400);

  EXPECT_EQ(written(400), numbers(400));
  EXPECT_EQ(program.failure(0), "runs");
  program.stop();
}

TEST_F(KafkaSinkNetworkTest, ACommitThatIsHeldUpBeyondTheProgramsLifeDoesNoHarm) {
  make_topics();
  give(0, 100);
  said("hold", end_transaction);
  {
    KafkaCopy program(in(), out(), checkpoint());
    program.start();
    EXPECT_EQ(proxy().met(1), 1);
    program.stop();
  }

  KafkaCopy successor(in(), out(), checkpoint());
  successor.start();
  EXPECT_EQ(written(100), numbers(100));
  proxy().tell("release");
  give(100, 200);

  EXPECT_EQ(written(200), numbers(200));
  successor.stop();
}

TEST_F(KafkaSinkNetworkTest, RecordsThatArriveAfterTheirTransactionAreShutOut) {
  make_topics();
  KafkaCopy program(in(), out(), checkpoint());
  program.start();
  said("hold", produce);
  give(0, 100);
  EXPECT_EQ(proxy().met(1), 1);
  EXPECT_EQ(written(100), numbers(100));

  proxy().tell("release");
  give(100, 200);

  EXPECT_EQ(written(200), numbers(200));
  EXPECT_EQ(program.failure(0), "runs");
  program.stop();
}

/// An answer that a producer does not get.
struct LostAnswer {
  const char* name;
  const char* command;
  const char* kind;
  const char* times;
  int records;
};

class KafkaLostAnswerTest : public KafkaSinkNetworkTest,
                            public ::testing::WithParamInterface<LostAnswer> {};

INSTANTIATE_TEST_SUITE_P(
    All, KafkaLostAnswerTest,
    ::testing::Values(LostAnswer{"commit", "drop-answer", end_transaction, "3", 100},
                      LostAnswer{"half_a_commit", "cut-answer", end_transaction, "2", 100},
                      LostAnswer{"records", "drop-answer", produce, "2", 1000},
                      LostAnswer{"marker", "cut-answer", commit_offset_in_transaction, "2", 100},
                      LostAnswer{"producer_id", "drop-answer", init_producer_id, "1", 100}),
    [](const auto& test) { return std::string(test.param.name); });

// proves: kafka: network faults
TEST_P(KafkaLostAnswerTest, EachRecordIsThereOnce) {
  make_topics();
  give(0, GetParam().records);
  said(GetParam().command, GetParam().kind, GetParam().times);
  KafkaCopy program(in(), out({{"commitTimeoutMs", "10000"}}), checkpoint());

  EXPECT_EQ(program.run_to_the_end(), "");

  EXPECT_GE(proxy().met(), 1);
  EXPECT_EQ(written(), numbers(GetParam().records));
}

}  // namespace
}  // namespace thalweg
