// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/kafka/kafka.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "thalweg/connectors/kafka_position.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/testing/source_directory.h"

namespace thalweg::kafka {
namespace {

class KafkaOptionsTest : public ::testing::Test {
 protected:
  std::string source_error(OptionTexts options) {
    options.emplace("kafka.bootstrap.servers", "127.0.0.1:1");
    return thalweg::make_source("kafka", options, context_).status().to_string();
  }
  std::string sink_error(OptionTexts options) {
    options.emplace("kafka.bootstrap.servers", "127.0.0.1:1");
    return thalweg::make_sink("kafka", options, context_).status().to_string();
  }

  MemoryBudget memory_{1 << 20};
  FileSystems files_;
  ConnectorContext context_{SystemClock::instance(), memory_, files_, {}};
};

TEST_F(KafkaOptionsTest, SayWhatIsReadInOneWay) {
  EXPECT_EQ(source_error({{"subscribe", "a, b"}}), "ok");
  EXPECT_EQ(source_error({{"topic", "a"}}), "ok");
  EXPECT_EQ(
      source_error({}),
      "invalid_argument: source kafka: exactly one of \"subscribe\", \"subscribePattern\" and "
      "\"assign\" says what is read: got 0");
  EXPECT_EQ(
      source_error({{"subscribe", "a"}, {"assign", "{\"a\": [0]}"}}),
      "invalid_argument: source kafka: exactly one of \"subscribe\", \"subscribePattern\" and "
      "\"assign\" says what is read: got 2");
  EXPECT_EQ(
      source_error({{"assign", "a/0"}}),
      "invalid_argument: source kafka: option \"assign\" must be JSON that lists partitions by "
      "topic, as in {\"orders\": [0, 1]}: got a/0");
  EXPECT_TRUE(
      source_error({{"subscribePattern", "a("}})
          .starts_with("invalid_argument: source kafka: option \"subscribePattern\" is not a "
                       "regular expression: a("));
  EXPECT_EQ(
      source_error({{"subscribe", "a"}, {"startingOffsets", "first"}}),
      "invalid_argument: source kafka: option \"startingOffsets\" must be earliest, latest, or "
      "JSON that has an offset by topic and partition, as in {\"orders\": {\"0\": 23, \"1\": "
      "-2}}: got first");
}

TEST_F(KafkaOptionsTest, SayWhereRowsGo) {
  EXPECT_EQ(sink_error({{"topic", "out"}}), "ok");
  EXPECT_EQ(
      sink_error({}),
      "invalid_argument: sink kafka: option \"topic\" says where rows go, and which topic the "
      "numbers of batches are kept for; set it");
  EXPECT_EQ(sink_error({{"topic", "out"}, {"deliveryGuarantee", "once"}}),
            "invalid_argument: sink kafka: option \"deliveryGuarantee\" must be exactly-once or "
            "at-least-once: got once");
}

TEST_F(KafkaOptionsTest, AreHandedToLibrdkafkaWhichKnowsTheNames) {
  EXPECT_EQ(source_error({{"subscribe", "a"}, {"kafka.fetch.min.bytes", "10"}}), "ok");
  EXPECT_EQ(source_error({{"subscribe", "a"}, {"kafka.key.deserializer", "x"}}),
            "invalid_argument: source kafka: setting \"kafka.key.deserializer\" is not one of "
            "librdkafka; the names and values are those of librdkafka's CONFIGURATION.md, which "
            "differ from Java's in places");
  EXPECT_EQ(source_error({{"subscribe", "a"}, {"kafka.security.protocol", "hunter2"}}),
            "invalid_argument: source kafka: setting \"kafka.security.protocol\" is refused by "
            "librdkafka: its value does not fit; the names and values are those of librdkafka's "
            "CONFIGURATION.md, which differ from Java's in places");
}

TEST_F(KafkaOptionsTest, AllStandOnTheirPage) {
  std::ifstream file(source_directory() + "/docs/connectors/kafka.md");
  std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const OptionSpec& option : find_connector("kafka").value()->options) {
    std::string row = "| `" + std::string(option.name) + "` | ";
    if (option.required) row += "required";
    if (!option.default_value.empty()) row += "`" + std::string(option.default_value) + "`";
    row += " | " + std::string(option.help);
    if (!option.alias.empty()) row += " Also `" + std::string(option.alias) + "`.";
    EXPECT_NE(page.find(row + " |\n"), std::string::npos) << row;
  }
}

TEST_F(KafkaOptionsTest, ABrokerThatIsNotThereIsUnavailableAndNamed) {
  auto source = thalweg::make_source("kafka",
                                     {{"kafka.bootstrap.servers", "127.0.0.1:1"},
                                      {"subscribe", "a"},
                                      {"fetchOffset.timeoutMs", "500"}},
                                     context_)
                    .value();

  Status failed = source->discover("").status();

  EXPECT_EQ(failed.code(), ErrorCode::unavailable);
  std::string message(failed.message());
  EXPECT_TRUE(message.starts_with("source kafka: can't ask which partitions there are: "))
      << message;
  EXPECT_NE(message.find("Connection refused"), std::string::npos) << message;
  EXPECT_TRUE(
      message.ends_with("; see that a broker answers at 127.0.0.1:1 and at the address it "
                        "advertises"))
      << message;
}

TEST(KafkaPositionTest, ReadsWhatItWrites) {
  TopicPartition place{"orders", 3, 120};
  EXPECT_EQ(to_partition(place).text, "topic=orders;partition=3;start=120");
  auto back = topic_partition_of(to_partition(place)).value();
  EXPECT_EQ(back.topic + "/" + std::to_string(back.number) + "/" + std::to_string(back.start),
            "orders/3/120");
  EXPECT_EQ(to_position({42}).text, "offset=42");
  EXPECT_EQ(to_position({42, 17}).text, "offset=42;begin=17");
  EXPECT_EQ(offset_of(to_position({42, 17}), 0).value().begin, 17);
  EXPECT_EQ(offset_of({}, 120).value().offset, 120);
}

TEST(KafkaPositionTest, RefusesThoseOfOtherSources) {
  EXPECT_EQ(topic_partition_of({"start_us=0;index=1"}).status().to_string(),
            "invalid_argument: source kafka: partition is not of this source: "
            "\"start_us=0;index=1\"; it looks like \"topic=orders;partition=3;start=120\"");
  EXPECT_EQ(
      offset_of({"offset=-1"}, 0).status().to_string(),
      "invalid_argument: source kafka: position is not of this source: \"offset=-1\"; it looks "
      "like \"offset=42\"");
}

}  // namespace
}  // namespace thalweg::kafka
