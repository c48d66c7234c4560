// SPDX-License-Identifier: Apache-2.0
#include "thalweg/telemetry/listener.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/testing/batches.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::VirtualStreams;

/// Writes down what it is told.
class Recorder final : public StreamingListener {
 public:
  void on_streaming_started(Time time) override { add("streaming started " + to_string(time)); }
  void on_batch_submitted(const BatchReport& report) override {
    submitted = report;
    add("submitted " + to_string(report.batch_time));
  }
  void on_batch_started(const BatchReport& report) override {
    started = report;
    add("started " + to_string(report.batch_time));
  }
  void on_batch_completed(const BatchReport& report) override {
    completed = report;
    add("completed " + to_string(report.batch_time));
  }
  void on_output_operation_started(const OutputOperation& output) override {
    add("output " + std::to_string(output.id) + " " + output.name + " started");
  }
  void on_output_operation_completed(const OutputOperation& output) override {
    add("output " + std::to_string(output.id) + " " + output.name + " " +
        output.failure.value_or("done"));
  }

  std::vector<std::string> events;
  BatchReport submitted, started, completed;

 private:
  // Calls come one at a time, but from several threads; a test looks once a batch is complete.
  void add(std::string event) { events.push_back(std::move(event)); }
};

class ListenerTest : public ::testing::Test {
 protected:
  /// The recorder comes before the one that wakes the test.
  ListenerTest() {
    streams_.context().remove_listener(counter_);
    streams_.context().add_listener(recorder_);
    streams_.context().add_listener(counter_);
  }

  VirtualStreams streams_;
  std::shared_ptr<StreamingListener> counter_ = streams_.shared_counter();
  std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
};

TEST_F(ListenerTest, EventsComeInTheOrderOfABatchesLife) {
  auto numbers = streams_.given<int>({{1, 2}});
  numbers.for_each_rdd([](const RDD<int>&) {});
  numbers.for_each_rdd([](const RDD<int>&) { throw std::runtime_error("out of paper"); });

  streams_.run_batches(1);

  EXPECT_EQ(recorder_->events,
            (std::vector<std::string>{"streaming started 0 ms", "submitted 1000 ms",
                                      "started 1000 ms", "output 0 for_each_rdd started",
                                      "output 0 for_each_rdd done", "output 1 for_each_rdd started",
                                      "output 1 for_each_rdd output for_each_rdd: out of paper",
                                      "completed 1000 ms"}));
}

TEST_F(ListenerTest, LaterEventsKnowMore) {
  auto numbers = streams_.given<int>({{1, 2}});
  numbers.for_each_rdd([&](const RDD<int>&) { streams_.clock().advance(300ms); });

  streams_.run_batches(1);

  const BatchReport& submitted = recorder_->submitted;
  EXPECT_EQ(submitted.batch_time, Time(1s));
  EXPECT_EQ(submitted.submitted, Time(1s));
  EXPECT_EQ(submitted.input_records, (std::map<std::int64_t, std::int64_t>{{0, 2}}));
  EXPECT_EQ(submitted.record_count(), 2);
  EXPECT_EQ(submitted.scheduling_delay(), std::nullopt);
  EXPECT_EQ(submitted.processing_delay(), std::nullopt);
  EXPECT_EQ(submitted.total_delay(), std::nullopt);
  const BatchReport& started = recorder_->started;
  EXPECT_EQ(started.scheduling_delay(), 0s);
  EXPECT_EQ(started.processing_delay(), std::nullopt);
  EXPECT_EQ(started.total_delay(), std::nullopt);
  const BatchReport& completed = recorder_->completed;
  EXPECT_EQ(completed.scheduling_delay(), 0s);
  EXPECT_EQ(completed.processing_delay(), 300ms);
  EXPECT_EQ(completed.total_delay(), 300ms);
  ASSERT_EQ(completed.outputs.size(), 1u);
  EXPECT_EQ(completed.outputs[0].started, Time(1s));
  EXPECT_EQ(completed.outputs[0].ended, Time(1300ms));
}

TEST_F(ListenerTest, ABatchThatIsNotMadeIsNotSubmitted) {
  streams_.given<int>({std::nullopt})
      .transform([](const RDD<int>& rdd) { return rdd; })
      .for_each_rdd([](const RDD<int>&) {});

  streams_.run_batches(1);

  EXPECT_EQ(recorder_->events, (std::vector<std::string>{"streaming started 0 ms"}));
}

TEST_F(ListenerTest, WhatAListenerThrowsIsForgotten) {
  struct Thrower : StreamingListener {
    void on_batch_submitted(const BatchReport&) override { throw std::runtime_error("no"); }
    void on_batch_started(const BatchReport&) override { throw 42; }
  };
  streams_.context().remove_listener(counter_);
  streams_.context().add_listener(std::make_shared<Thrower>());
  streams_.context().add_listener(counter_);
  streams_.given<int>({}).for_each_rdd([](const RDD<int>&) {});

  streams_.run_batches(2);

  EXPECT_EQ(streams_.failure(), std::nullopt);
}

TEST_F(ListenerTest, ARemovedListenerHearsNothing) {
  streams_.given<int>({}).for_each_rdd([](const RDD<int>&) {});
  streams_.run_batches(1);
  auto heard = recorder_->events.size();

  streams_.context().remove_listener(recorder_);
  streams_.run_batches(1);

  EXPECT_EQ(recorder_->events.size(), heard);
}

TEST_F(ListenerTest, AListenerMayRemoveItself) {
  struct Once : StreamingListener, std::enable_shared_from_this<Once> {
    explicit Once(StreamingContext& context) : context_(context) {}
    void on_batch_started(const BatchReport&) override {
      ++calls;
      context_.remove_listener(shared_from_this());
    }
    StreamingContext& context_;
    int calls = 0;
  };
  auto once = std::make_shared<Once>(streams_.context());
  streams_.context().add_listener(once);
  streams_.given<int>({}).for_each_rdd([](const RDD<int>&) {});

  streams_.run_batches(3);

  EXPECT_EQ(once->calls, 1);
}

}  // namespace
}  // namespace thalweg
