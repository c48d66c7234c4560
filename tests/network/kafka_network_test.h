// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka_copy.h"
#include "thalweg/testing/kafka_broker.h"
#include "thalweg/testing/network_proxy.h"
#include "thalweg/testing/patience.h"
#include "thalweg/testing/temporary_directory.h"
#include "thalweg/thalweg.h"

namespace thalweg {

using Lines = std::vector<std::string>;

/// A real broker with a proxy before it; the program under test reaches it through the proxy only.
class KafkaNetworkTest : public ::testing::Test {
 protected:
  static testing::NetworkProxy& proxy() {
    static testing::NetworkProxy one("kafka");
    return one;
  }

  void SetUp() override {
    // Read by the script that starts the broker.
    ::setenv("KAFKA_PROXY_PORT", proxy().port().c_str(), 1);
    ::setenv("KAFKA_SECURED", "1", 1);
    broker_ = testing::KafkaBroker::instance();
    if (broker_ == nullptr) GTEST_SKIP() << testing::KafkaBroker::skip_reason();
    auto loaded = find_connector("kafka");
    ASSERT_TRUE(loaded.ok());
    proxy().tell("to " + broker_->proxied_address());
    proxy().tell("clear");
  }

  [[nodiscard]] static std::string topic(const std::string& name) {
    std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    // Of a test with parameters; a topic's name may not have it.
    std::replace(test.begin(), test.end(), '/', '-');
    return test + "." + name;
  }
  void make_topics(int partitions = 1) {
    broker_->create_topic(topic("in"), partitions);
    broker_->create_topic(topic("out"), 1);
  }
  /// Writes records straight to the broker, "begin" and on.
  void give(int begin, int end, std::int32_t partition = 0) {
    Lines lines;
    for (int i = begin; i < end; ++i) lines.push_back(std::to_string(i));
    broker_->produce(topic("in"), partition, lines);
  }

  static OptionTexts with(OptionTexts options, const OptionTexts& more) {
    for (const auto& [name, value] : more) options[name] = value;
    return options;
  }
  /// Options with waits that suit a test.
  [[nodiscard]] OptionTexts in(const OptionTexts& more = {}) const {
    return with({{"kafka.bootstrap.servers", proxy().address()},
                 {"subscribe", topic("in")},
                 {"startingOffsets", "earliest"},
                 {"partitionDiscoveryMs", "200"},
                 {"fetchOffset.timeoutMs", "2000"},
                 {"kafka.socket.timeout.ms", "2000"},
                 {"kafka.reconnect.backoff.max.ms", "500"}},
                more);
  }
  [[nodiscard]] OptionTexts out(const OptionTexts& more = {}) const {
    return with({{"kafka.bootstrap.servers", proxy().address()},
                 {"topic", topic("out")},
                 {"commitTimeoutMs", "4000"},
                 {"kafka.socket.timeout.ms", "2000"},
                 {"kafka.reconnect.backoff.max.ms", "500"}},
                more);
  }
  [[nodiscard]] std::string checkpoint() const { return directory_.path("checkpoint"); }

  /// What a reader of committed records sees, which gets there without the proxy.
  [[nodiscard]] std::vector<int> written() const {
    std::vector<int> numbers;
    for (const auto& line : broker_->read_committed(topic("out"))) {
      numbers.push_back(std::stoi(line));
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }
  /// The same, once there is as much or our patience ends.
  [[nodiscard]] std::vector<int> written(std::size_t count) const {
    Clock& clock = SystemClock::instance();
    Time until = clock.monotonic() + testing::patience;
    std::vector<int> numbers = written();
    while (numbers.size() < count && clock.monotonic() < until) numbers = written();
    return numbers;
  }
  static std::vector<int> numbers(int end) {
    std::vector<int> all;
    for (int i = 0; i < end; ++i) all.push_back(i);
    return all;
  }
  /// Until `holds()`, as long as our patience lasts. Whether it does.
  template <typename Condition>
  static bool eventually(Condition holds) {
    Clock& clock = SystemClock::instance();
    Time until = clock.monotonic() + testing::patience;
    while (!holds()) {
      if (clock.monotonic() > until) return false;
      clock.wait_until(clock.now() + std::chrono::milliseconds(20), {});
    }
    return true;
  }

  testing::KafkaBroker* broker_ = nullptr;
  testing::TemporaryDirectory directory_;
};

}  // namespace thalweg
