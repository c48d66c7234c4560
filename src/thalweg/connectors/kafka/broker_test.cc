// SPDX-License-Identifier: Apache-2.0
//
// The source and the sink against a real broker; skipped where there is none.
#include <chrono>

#include <gtest/gtest.h>

#include "thalweg/columnar/column.h"
#include "thalweg/columnar/records.h"
#include "thalweg/connectors/kafka_position.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/testing/kafka_broker.h"

namespace thalweg::kafka {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr std::size_t all_rows = 1'000'000;
constexpr std::size_t all_bytes = std::size_t{1} << 40;

class KafkaBrokerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    broker_ = testing::KafkaBroker::instance();
    if (broker_ == nullptr) GTEST_SKIP() << testing::KafkaBroker::skip_reason();
  }

  /// A topic of this test.
  std::string make_topic(int partitions, const std::string& name = "in") {
    std::string topic =
        std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + "." + name;
    broker_->create_topic(topic, partitions);
    return topic;
  }

  std::unique_ptr<Source> source(OptionTexts options) {
    options.emplace("kafka.bootstrap.servers", broker_->address());
    options.emplace("startingOffsets", "earliest");
    options.emplace("partitionDiscoveryMs", "0");
    auto made = thalweg::make_source("kafka", options, context_);
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    return std::move(made).value();
  }
  std::unique_ptr<Sink> sink(OptionTexts options) {
    options.emplace("kafka.bootstrap.servers", broker_->address());
    auto made = thalweg::make_sink("kafka", options, context_);
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    return std::move(made).value();
  }

  /// The values of [from, until) of a partition.
  Result<Texts> read(Source& source, const Partition& partition, const Position& from,
                     const Position& until) {
    THALWEG_TRY_ASSIGN(auto reader, source.open(partition, from));
    THALWEG_TRY(reader->stop_at(until));
    Texts values;
    while (!reader->finished()) {
      THALWEG_TRY_ASSIGN(Polled polled, reader->poll(1000, 100ms));
      THALWEG_TRY(append(polled.batch, values));
    }
    EXPECT_EQ(offset_of(reader->position(), 0).value().offset, offset_of(until, 0).value().offset);
    return values;
  }
  static Status append(const Batch& batch, Texts& values) {
    if (batch.empty()) return {};
    THALWEG_TRY_ASSIGN(Schema schema, schema_of(batch));
    THALWEG_TRY_ASSIGN(auto columns, columns_of(batch));
    const Column& value = columns[*schema.find("value")];
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      values.emplace_back(value.is_null(row) ? "(null)" : value.text(row));
    }
    return {};
  }

  /// Everything there is in a partition, in a range planned from `from`.
  Result<Texts> read_rest(Source& source, const Partition& partition, Position& from) {
    THALWEG_TRY_ASSIGN(Position until, source.plan(partition, from, all_rows, all_bytes));
    THALWEG_TRY_ASSIGN(Texts values, read(source, partition, from, until));
    from = until;
    return values;
  }

  /// All from the beginning of a partition on, what was rejected too.
  Status read_all_up_to(Source& source, const Partition& partition, const Position& end,
                        Texts& values, std::vector<Rejected>& rejected) {
    THALWEG_TRY_ASSIGN(auto reader, source.open(partition, {}));
    THALWEG_TRY(reader->stop_at(end));
    while (!reader->finished()) {
      THALWEG_TRY_ASSIGN(Polled polled, reader->poll(100, 100ms));
      THALWEG_TRY(append(polled.batch, values));
      for (auto& one : polled.rejected) rejected.push_back(std::move(one));
    }
    return {};
  }

  Status write(Sink& sink, SinkEpoch epoch, const Texts& values) {
    THALWEG_TRY_ASSIGN(auto writer, sink.open(0, 1));
    THALWEG_TRY_ASSIGN(SinkEpoch committed, writer->committed());
    if (committed >= epoch) return {};
    THALWEG_TRY(writer->begin(epoch, 0));
    THALWEG_TRY_ASSIGN(Batch batch, thalweg::to_batch<std::string>(values));
    THALWEG_TRY(writer->write(batch));
    THALWEG_TRY_ASSIGN(std::string sealed, writer->seal());
    THALWEG_TRY(writer->commit(epoch, sealed));
    return sink.commit(epoch, {});
  }

  testing::KafkaBroker* broker_ = nullptr;
  MemoryBudget memory_{std::int64_t{1} << 30};
  FileSystems files_;
  std::stop_source stop_;
  ConnectorContext context_{SystemClock::instance(), memory_, files_, stop_.get_token()};
};

TEST_F(KafkaBrokerTest, ReadsARangeTwiceTheSame) {
  auto topic = make_topic(1);
  broker_->produce(topic, 0, {"a", "b", "c", "d"});
  auto orders = source({{"subscribe", topic}});
  auto found = orders->discover("").value();
  ASSERT_EQ(found.partitions.size(), 1u);
  EXPECT_EQ(found.partitions[0].text, "topic=" + topic + ";partition=0;start=0");

  Position three = orders->plan(found.partitions[0], {}, 3, all_bytes).value();
  EXPECT_EQ(three.text, "offset=3");
  EXPECT_EQ(read(*orders, found.partitions[0], {}, three).value(), (Texts{"a", "b", "c"}));
  EXPECT_EQ(read(*orders, found.partitions[0], {}, three).value(), (Texts{"a", "b", "c"}));
  // Another process does so as well.
  auto again = source({{"subscribe", topic}});
  EXPECT_EQ(read(*again, found.partitions[0], {}, three).value(), (Texts{"a", "b", "c"}));
  EXPECT_EQ(again->latest(found.partitions[0]).value().text, "offset=4");
  EXPECT_EQ(read_rest(*again, found.partitions[0], three).value(), (Texts{"d"}));
}

TEST_F(KafkaBrokerTest, GivesKeysHeadersAndTimes) {
  auto topic = make_topic(1);
  auto out = sink({{"topic", topic}});
  auto writer = out->open(0, 1).value();
  ASSERT_TRUE(writer->begin(1, 0).ok());
  using Pair = std::pair<std::string, std::int64_t>;
  std::vector<Pair> rows{{"k", 7}};
  ASSERT_TRUE(writer->write(thalweg::to_batch<Pair>(rows).value()).ok());
  ASSERT_TRUE(out->commit(1, {}).ok());
  auto orders = source({{"subscribe", topic}, {"includeHeaders", "true"}});
  auto found = orders->discover("").value();

  auto reader = orders->open(found.partitions[0], {}).value();
  Polled polled;
  while (polled.batch.empty()) polled = reader->poll(10, 1s).value();

  EXPECT_EQ(to_string(schema_of(polled.batch).value()),
            "key bytes, value bytes, topic text, partition int64, offset int64, timestamp "
            "timestamp_us, timestampType int64, headers bytes");
  auto columns = columns_of(polled.batch).value();
  EXPECT_EQ(columns[0].text(0), "k");
  EXPECT_EQ(columns[1].text(0), "7");
  EXPECT_EQ(columns[2].text(0), topic);
  EXPECT_GT(columns[5].integer(0), 1'700'000'000'000'000);
  EXPECT_EQ(columns[7].text(0), std::string_view("\0", 1));
}

TEST_F(KafkaBrokerTest, BeginsWhereItIsTold) {
  auto topic = make_topic(2);
  broker_->produce(topic, 0, {"a", "b", "c"});
  broker_->produce(topic, 1, {"x", "y"});
  auto starts = [&](OptionTexts options) {
    options.emplace("subscribe", topic);
    auto made = source(std::move(options))->discover("");
    if (!made.ok()) return made.status().to_string();
    std::string text;
    for (const auto& partition : made.value().partitions) {
      text += std::to_string(topic_partition_of(partition).value().start) + " ";
    }
    return text;
  };

  EXPECT_EQ(starts({{"startingOffsets", "earliest"}}), "0 0 ");
  EXPECT_EQ(starts({{"startingOffsets", "latest"}}), "3 2 ");
  EXPECT_EQ(starts({{"startingOffsets", "{\"" + topic + "\": {\"0\": 1, \"1\": -1}}"}}), "1 2 ");
  EXPECT_EQ(
      starts({{"startingOffsets", "{\"" + topic + "\": {\"0\": 1}}"}}),
      "invalid_argument: source kafka: option \"startingOffsets\" says nothing of partition " +
          topic + "/1; give it an offset, -2 for earliest or -1 for latest");
  EXPECT_EQ(starts({{"startingTimestamp", "1000"}}), "0 0 ");
  EXPECT_EQ(starts({{"startingTimestamp", "99000000000000"},
                    {"startingOffsetsByTimestampStrategy", "latest"}}),
            "3 2 ");
  EXPECT_EQ(starts({{"startingTimestamp", "99000000000000"}}),
            "invalid_argument: source kafka: partition " + topic +
                "/0 has no record at or after startingTimestamp 99000000000000; set "
                "startingOffsetsByTimestampStrategy to latest to begin with what comes");
}

// proves: weather: partitions added
TEST_F(KafkaBrokerTest, FindsPartitionsAndTopicsThatAreAdded) {
  auto topic = make_topic(1);
  auto orders =
      source({{"subscribePattern", "FindsPartitionsAndTopics.*"}, {"startingOffsets", "latest"}});
  auto first = orders->discover("").value();
  ASSERT_EQ(first.partitions.size(), 1u);

  broker_->set_partitions(topic, 2);
  auto other = make_topic(1, "more");
  broker_->produce(topic, 1, {"in the new partition"});
  broker_->produce(other, 0, {"in the new topic"});
  auto second = orders->discover(first.resume).value();

  ASSERT_EQ(second.partitions.size(), 2u);
  Position from;
  EXPECT_EQ(read_rest(*orders, second.partitions[0], from).value(),
            (Texts{"in the new partition"}));
  Position begin;
  EXPECT_EQ(read_rest(*orders, second.partitions[1], begin).value(), (Texts{"in the new topic"}));
  EXPECT_TRUE(orders->discover(second.resume).value().partitions.empty());
}

TEST_F(KafkaBrokerTest, GoesOnWithATopicThatComesLater) {
  auto orders =
      source({{"subscribe", "GoesOnWithATopicThatComesLater.in"}, {"startingOffsets", "latest"}});
  auto nothing = orders->discover("").value();
  EXPECT_TRUE(nothing.partitions.empty());

  broker_->produce(make_topic(1), 0, {"first"});
  auto found = orders->discover(nothing.resume).value();

  ASSERT_EQ(found.partitions.size(), 1u);
  Position from;
  EXPECT_EQ(read_rest(*orders, found.partitions[0], from).value(), (Texts{"first"}));
}

TEST_F(KafkaBrokerTest, FailsWhenRecordsAreGoneOrGoesOnWhereThatIsAllowed) {
  auto topic = make_topic(1);
  broker_->produce(topic, 0, {"a", "b", "c", "d"});
  auto strict = source({{"subscribe", topic}});
  auto lenient = source({{"subscribe", topic}, {"failOnDataLoss", "false"}});
  Partition partition = strict->discover("").value().partitions.at(0);
  (void)lenient->discover("");
  Position until = strict->plan(partition, {}, all_rows, all_bytes).value();

  broker_->delete_records(topic, 0, 3);

  Status lost = read(*strict, partition, {}, until).status();
  EXPECT_EQ(lost.code(), ErrorCode::data_loss);
  EXPECT_NE(lost.message().find("set failOnDataLoss to false"), std::string::npos)
      << lost.message();
  EXPECT_EQ(read(*lenient, partition, {}, until).value(), (Texts{"d"}));
}

// proves: weather: topic deleted and recreated
TEST_F(KafkaBrokerTest, NoticesATopicThatIsDeletedAndMadeAgain) {
  auto topic = make_topic(1);
  broker_->produce(topic, 0, {"a", "b", "c"});
  auto strict = source({{"subscribe", topic}});
  auto lenient = source({{"subscribe", topic}, {"failOnDataLoss", "false"}});
  auto found = strict->discover("").value();
  (void)lenient->discover("");
  Partition partition = found.partitions.at(0);
  Position read_up_to = strict->plan(partition, {}, all_rows, all_bytes).value();

  broker_->delete_topic(topic);
  Status gone;
  for (int attempt = 0; gone.ok() && attempt < 50; ++attempt) {
    (void)strict->discover(found.resume);
    gone = strict->plan(partition, read_up_to, all_rows, all_bytes).status();
  }
  EXPECT_EQ(gone.to_string(),
            "data_loss: source kafka: " + topic +
                "/0 is no longer there: its topic was deleted; set failOnDataLoss to false to go "
                "on with what there is");

  for (int attempt = 0; attempt < 50; ++attempt) {
    try {
      broker_->create_topic(topic, 1);
      break;
    } catch (const std::exception&) {
    }
  }
  broker_->produce(topic, 0, {"new"});
  (void)strict->discover(found.resume);
  Status again = strict->plan(partition, read_up_to, all_rows, all_bytes).status();
  EXPECT_EQ(again.code(), ErrorCode::data_loss);
  EXPECT_NE(again.message().find("it was deleted and made again"), std::string::npos)
      << again.message();
  (void)lenient->discover(found.resume);
  Position from = read_up_to;
  EXPECT_EQ(read_rest(*lenient, partition, from).value(), (Texts{"new"}));
}

// proves: kafka: malformed
// proves: Kafka records: corrupt CRC
TEST_F(KafkaBrokerTest, RejectsDamagedRecordsAndGoesOn) {
  auto topic = make_topic(1);
  broker_->produce(topic, 0, {"good"});
  broker_->produce(topic, 0, {"damaged"});
  broker_->produce(topic, 0, {"good again"});
  broker_->produce(topic, 0, {"damaged"});
  broker_->stop();  // After a crash it would look for damage and cut it off itself.
  broker_->damage(topic, "damaged");
  ASSERT_TRUE(broker_->start());
  auto orders = source({{"subscribe", topic}});
  Partition partition = orders->discover("").value().partitions.at(0);

  Texts values;
  std::vector<Rejected> rejected;
  Status read = read_all_up_to(*orders, partition, {"offset=4"}, values, rejected);
  ASSERT_TRUE(read.ok()) << read.to_string();

  EXPECT_EQ(values, (Texts{"good", "good again"}));
  ASSERT_EQ(rejected.size(), 2u);
  EXPECT_EQ(rejected[0].position.text, "offset=1");
  EXPECT_NE(rejected[0].reason.find("failed CRC32C check"), std::string::npos)
      << rejected[0].reason;
}

// proves: Kafka records: decompression bomb
TEST_F(KafkaBrokerTest, RejectsADecompressionBombAndGoesOn) {
  // The broker compresses what it is given, a row of zeros to less than a thousandth.
  std::string topic = "RejectsADecompressionBombAndGoesOn.in";
  broker_->create_topic(topic, 1, "compression.type", "zstd");
  broker_->produce(topic, 0, {"good"});
  broker_->produce(topic, 0, {std::string(900'000, '0')});
  broker_->produce(topic, 0, {"good again"});
  auto orders = source({{"subscribe", topic},
                        {"kafka.message.max.bytes", "10000"},
                        {"kafka.fetch.max.bytes", "100000"},
                        {"kafka.receive.message.max.bytes", "200000"}});
  Partition partition = orders->discover("").value().partitions.at(0);

  Texts values;
  std::vector<Rejected> rejected;
  Status read = read_all_up_to(*orders, partition, {"offset=3"}, values, rejected);
  ASSERT_TRUE(read.ok()) << read.to_string();

  EXPECT_EQ(values, (Texts{"good", "good again"}));
  ASSERT_EQ(rejected.size(), 1u);
  EXPECT_EQ(rejected[0].position.text, "offset=1");
  EXPECT_NE(rejected[0].reason.find("a decompression bomb: zstd may grow to "
                                    "kafka.receive.message.max.bytes"),
            std::string::npos)
      << rejected[0].reason;
}

// proves: kafka: server restart
TEST_F(KafkaBrokerTest, ReadsOnThroughARestartOfTheBroker) {
  auto topic = make_topic(1);
  broker_->produce(topic, 0, {"a", "b"});
  auto orders = source({{"subscribe", topic}});
  auto found = orders->discover("").value();
  Position from;
  EXPECT_EQ(read_rest(*orders, found.partitions[0], from).value(), (Texts{"a", "b"}));

  broker_->kill();
  Status down = orders->discover(found.resume).status();
  EXPECT_EQ(down.code(), ErrorCode::unavailable);
  EXPECT_NE(down.message().find("see that a broker answers at " + broker_->address()),
            std::string::npos)
      << down.message();
  ASSERT_TRUE(broker_->start());
  broker_->produce(topic, 0, {"c"});

  Status up = down;
  for (int attempt = 0; !up.ok() && attempt < 10; ++attempt) {
    up = orders->discover(found.resume).status();
  }
  EXPECT_EQ(read_rest(*orders, found.partitions[0], from).value(), (Texts{"c"}));
}

TEST_F(KafkaBrokerTest, SaysThatTheBrokerSpeaksAnotherProtocol) {
  for (const char* protocol : {"ssl", "sasl_plaintext"}) {
    auto orders = source({{"subscribe", "orders"},
                          {"kafka.security.protocol", protocol},
                          {"kafka.sasl.mechanisms", "PLAIN"},
                          {"kafka.sasl.username", "reader"},
                          {"kafka.sasl.password", "hunter2"}});

    Status refused = orders->discover("").status();

    std::string message(refused.message());
    EXPECT_FALSE(refused.ok());
    EXPECT_NE(message.find(broker_->address()), std::string::npos) << message;
    EXPECT_TRUE(message.ends_with("; see kafka.security.protocol, kafka.sasl.* and kafka.ssl.*"))
        << message;
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
  }
}

TEST_F(KafkaBrokerTest, TellsAGroupHowFarItIs) {
  auto topic = make_topic(1);
  broker_->produce(topic, 0, {"a", "b"});
  auto orders = source({{"subscribe", topic}, {"kafka.group.id", topic}});
  Partition partition = orders->discover("").value().partitions.at(0);

  ASSERT_TRUE(orders->acknowledge(partition, {"offset=2"}).ok());

  std::int64_t offset = -1;
  for (int attempt = 0; offset != 2 && attempt < 30; ++attempt) {
    (void)orders->discover("");
    offset = broker_->group_offset(topic, topic, 0);
  }
  EXPECT_EQ(offset, 2);
}

TEST_F(KafkaBrokerTest, WritesEachBatchOnce) {
  auto topic = make_topic(1, "out");
  {
    auto out = sink({{"topic", topic}});
    EXPECT_EQ(out->guarantee(), Guarantee::transactional);
    EXPECT_EQ(write(*out, 10, {"a", "b"}).to_string(), "ok");
    EXPECT_EQ(write(*out, 20, {"c"}).to_string(), "ok");
    EXPECT_EQ(write(*out, 20, {"c"}).to_string(), "ok");
  }
  // Another process that runs the last batch again.
  auto out = sink({{"topic", topic}});
  EXPECT_EQ(out->open(0, 1).value()->committed().value(), 20);
  EXPECT_EQ(write(*out, 20, {"c"}).to_string(), "ok");
  EXPECT_EQ(write(*out, 30, {"d"}).to_string(), "ok");

  EXPECT_EQ(broker_->read_committed(topic), (Texts{"a", "b", "c", "d"}));
}

TEST_F(KafkaBrokerTest, ReadsPastTheEndsOfTransactions) {
  auto topic = make_topic(1, "out");
  auto out = sink({{"topic", topic}});
  ASSERT_TRUE(write(*out, 1, {"a"}).ok());
  ASSERT_TRUE(write(*out, 2, {"b"}).ok());
  auto back = source({{"subscribe", topic}});
  Partition partition = back->discover("").value().partitions.at(0);

  Position from;
  EXPECT_EQ(read_rest(*back, partition, from).value(), (Texts{"a", "b"}));
  EXPECT_EQ(from.text, "offset=4");  // Two records, and the ends of two transactions.
  EXPECT_EQ(read(*back, partition, {"offset=3"}, {"offset=4"}).value(), Texts());
}

TEST_F(KafkaBrokerTest, ShutsAnOlderWriterOut) {
  auto topic = make_topic(1, "out");
  auto zombie = sink({{"topic", topic}});
  auto old_writer = zombie->open(0, 1).value();
  ASSERT_TRUE(old_writer->committed().ok());
  ASSERT_TRUE(old_writer->begin(1, 0).ok());
  ASSERT_TRUE(old_writer->write(thalweg::to_batch<std::string>(Texts{"zombie"}).value()).ok());

  auto successor = sink({{"topic", topic}});
  EXPECT_EQ(write(*successor, 1, {"successor"}).to_string(), "ok");
  Status fenced = zombie->commit(1, {});

  EXPECT_FALSE(fenced.ok());
  EXPECT_NE(fenced.message().find("another program may write with the same id"), std::string::npos)
      << fenced.to_string();
  EXPECT_EQ(broker_->read_committed(topic), (Texts{"successor"}));
}

TEST_F(KafkaBrokerTest, LeavesNothingOfABatchThatIsAborted) {
  auto topic = make_topic(1, "out");
  auto out = sink({{"topic", topic}});
  auto writer = out->open(0, 1).value();
  ASSERT_TRUE(writer->begin(1, 0).ok());
  ASSERT_TRUE(writer->write(thalweg::to_batch<std::string>(Texts{"half"}).value()).ok());
  EXPECT_EQ(writer->begin(1, 1).code(), ErrorCode::unavailable);
  EXPECT_TRUE(writer->abort().ok());

  EXPECT_EQ(write(*out, 1, {"whole"}).to_string(), "ok");
  EXPECT_EQ(broker_->read_committed(topic), (Texts{"whole"}));
}

TEST_F(KafkaBrokerTest, WritesThroughARestartOfTheBroker) {
  auto topic = make_topic(1, "out");
  auto out = sink({{"topic", topic}});
  ASSERT_TRUE(write(*out, 1, {"a"}).ok());

  broker_->kill();
  ASSERT_TRUE(broker_->start());

  Status written(ErrorCode::unavailable, "not tried");
  for (int attempt = 0; !written.ok() && attempt < 5; ++attempt) {
    written = write(*out, 2, {"b"});
    if (!written.ok()) (void)out->open(0, 1).value()->abort();
  }
  EXPECT_EQ(written.to_string(), "ok");
  EXPECT_EQ(broker_->read_committed(topic), (Texts{"a", "b"}));
}

TEST_F(KafkaBrokerTest, WritesAtLeastOnceWithoutTransactions) {
  auto topic = make_topic(1, "out");
  auto out = sink({{"topic", topic}, {"deliveryGuarantee", "at-least-once"}});

  EXPECT_EQ(out->guarantee(), Guarantee::at_least_once);
  EXPECT_EQ(write(*out, 1, {"a", "b"}).to_string(), "ok");
  EXPECT_EQ(broker_->read_committed(topic), (Texts{"a", "b"}));
}

TEST_F(KafkaBrokerTest, SaysThatATopicIsMissing) {
  auto out = sink({{"topic", "SaysThatATopicIsMissing"}, {"commitTimeoutMs", "5000"}});

  Status written = write(*out, 1, {"a"});

  EXPECT_FALSE(written.ok());
  EXPECT_NE(written.message().find("SaysThatATopicIsMissing"), std::string::npos)
      << written.to_string();
}

}  // namespace
}  // namespace thalweg::kafka
