// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thalweg/testing/kafka_broker.h"
#include "thalweg/testing/network_proxy.h"
#include "thalweg/testing/temporary_directory.h"
#include "thalweg/thalweg.h"

namespace thalweg {

using Lines = std::vector<std::string>;

/// What a batch had, and what it left.
struct BatchSeen {
  std::int64_t records = 0;
  std::int64_t waiting = 0;
  Duration waited{0};
};

/// Remembers what a stream's source said of its troubles and of its batches. Asked by another
/// thread.
class Watcher final : public StreamingListener {
 public:
  void on_batch_completed(const BatchReport& report) override {
    std::lock_guard lock(mutex_);
    if (report.record_count() == 0) return;
    BatchSeen seen{report.record_count(), report.lag_records()};
    for (const auto& lag : report.lags) seen.waited = std::max(seen.waited, lag.time);
    batches_.push_back(seen);
  }
  [[nodiscard]] std::vector<BatchSeen> batches() const {
    std::lock_guard lock(mutex_);
    return batches_;
  }
  void on_receiver_error(const ReceiverReport& report) override {
    std::lock_guard lock(mutex_);
    text_ += report.last_error + "\n";
  }
  [[nodiscard]] std::string text() const {
    std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
  std::vector<BatchSeen> batches_;
};

/// A program that copies the values of a topic to another, batch by batch, on threads of its own.
class KafkaCopy {
 public:
  KafkaCopy(OptionTexts in, OptionTexts out, const std::string& checkpoint)
      : session_("local[2]"), context_(session_, std::chrono::milliseconds(100)) {
    context_.checkpoint(checkpoint);
    context_.add_listener(watcher_);
    kafka::direct_stream(context_, std::move(in))
        .map([](const kafka::Record& record) { return std::string(record.value.value_or("")); })
        .write_to("kafka", std::move(out));
  }

  void start() { context_.start(); }
  void stop() { context_.stop(); }
  /// Runs until all there is has been read. What failed; empty where nothing did.
  std::string run_to_the_end() {
    context_.stop_at_end();
    context_.start();
    return failure();
  }
  /// What fails within `seconds_max`; empty where the program ended, "runs" where it goes on.
  std::string failure(int seconds_max = 60) {
    try {
      bool ended = context_.await_termination_or_timeout(std::chrono::seconds(seconds_max));
      return ended ? "" : "runs";
    } catch (const Error& error) {
      context_.stop();
      return error.what();
    }
  }
  /// What its source could not do, so far.
  [[nodiscard]] std::string troubles() const { return watcher_->text(); }
  [[nodiscard]] std::vector<BatchSeen> batches_with_records() const { return watcher_->batches(); }
  [[nodiscard]] std::int64_t batches() const { return context_.completed_batch_count(); }

 private:
  Session session_;
  StreamingContext context_;
  const std::shared_ptr<Watcher> watcher_ = std::make_shared<Watcher>();
};

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
    return std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + "." +
           name;
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
  /// The same, once there is as much or half a minute is over.
  [[nodiscard]] std::vector<int> written(std::size_t count) const {
    Clock& clock = SystemClock::instance();
    Time until = clock.monotonic() + std::chrono::seconds(30);
    std::vector<int> numbers = written();
    while (numbers.size() < count && clock.monotonic() < until) numbers = written();
    return numbers;
  }
  static std::vector<int> numbers(int end) {
    std::vector<int> all;
    for (int i = 0; i < end; ++i) all.push_back(i);
    return all;
  }
  /// Until `holds()`, at most half a minute. Whether it does.
  template <typename Condition>
  static bool eventually(Condition holds) {
    Clock& clock = SystemClock::instance();
    Time until = clock.monotonic() + std::chrono::seconds(30);
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
