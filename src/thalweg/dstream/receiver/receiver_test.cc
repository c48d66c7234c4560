// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/receiver.h"

#include <chrono>
#include <latch>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/log.h"
#include "thalweg/testing/batches.h"
#include "thalweg/testing/receiver_events.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;
using testing::Batches;
using testing::ReceiverEvents;
using testing::VirtualStreams;

/// A receiver whose runs a test writes as functions.
class Scripted final : public Receiver<int> {
 public:
  using Run = std::function<void(Scripted&)>;
  explicit Scripted(std::vector<Run> runs) : runs_(std::move(runs)) {}

  void on_start() override {
    std::size_t run = starts_++;
    if (run < runs_.size()) runs_[run](*this);
  }
  void on_stop() override { ++stops_; }
  int starts() const { return static_cast<int>(starts_); }
  int stops() const { return stops_; }

 private:
  const std::vector<Run> runs_;
  std::atomic<std::size_t> starts_{0};
  std::atomic<int> stops_{0};
};

class ReceiverTest : public ::testing::Test {
 protected:
  /// Starts a context with a receiver of these runs.
  void start(std::vector<Scripted::Run> runs) {
    receiver_ = std::make_shared<Scripted>(std::move(runs));
    batches_ = streams_.collect(streams_.context().receiver_stream(receiver_));
    streams_.context().add_listener(events_);
    streams_.start();
  }
  std::vector<int> rows() const {
    std::vector<int> all;
    for (const auto& batch : *batches_) all.insert(all.end(), batch.begin(), batch.end());
    return all;
  }

  // One thread for tasks: receivers have their own.
  VirtualStreams streams_{1s, {}, "local[1]"};
  std::shared_ptr<Scripted> receiver_;
  std::shared_ptr<ReceiverEvents> events_ = std::make_shared<ReceiverEvents>();
  std::shared_ptr<const Batches<int>> batches_;
};

TEST_F(ReceiverTest, WhatIsStoredIsInTheNextBatch) {
  std::latch stored(1);
  start({[&](Scripted& self) {
    self.store(1);
    self.store(2);
    stored.count_down();
  }});
  stored.wait();

  streams_.run_batches(2);

  EXPECT_EQ(*batches_, (Batches<int>{{1, 2}, {}}));
  auto reports = streams_.counter().reports();
  EXPECT_EQ(reports[0].record_count(), 2);
  EXPECT_EQ(reports[1].record_count(), 0);
}

TEST_F(ReceiverTest, SeveralRecordsStoredTogetherAreAPartition) {
  std::latch stored(1);
  std::vector<int> partitions;
  receiver_ = std::make_shared<Scripted>(std::vector<Scripted::Run>{[&](Scripted& self) {
    EXPECT_TRUE(self.store(std::vector{1, 2, 3}));
    EXPECT_TRUE(self.store(std::vector{4}));
    EXPECT_TRUE(self.store(std::vector<int>()));
    stored.count_down();
  }});
  auto parts = streams_.collect(streams_.context().receiver_stream(receiver_).glom());
  streams_.start();
  stored.wait();

  streams_.run_batches(1);

  EXPECT_EQ(*parts, (Batches<std::vector<int>>{{{1, 2, 3}, {4}}}));
}

TEST_F(ReceiverTest, ABlockIsClosedAfterItsInterval) {
  std::latch first(1), moved(1), stored(1);
  receiver_ = std::make_shared<Scripted>(std::vector<Scripted::Run>{[&](Scripted& self) {
    self.store(1);
    first.count_down();
    moved.wait();
    self.store(2);
    self.store(3);
    stored.count_down();
  }});
  auto parts = streams_.collect(streams_.context().receiver_stream(receiver_).glom());
  streams_.start();
  first.wait();
  streams_.clock().advance(200ms);
  moved.count_down();
  stored.wait();
  streams_.clock().advance(800ms);
  streams_.counter().wait_for(1);

  EXPECT_EQ(*parts, (Batches<std::vector<int>>{{{1, 2}, {3}}}));
}

TEST_F(ReceiverTest, StartsAgainAfterItsDelay) {
  start({[](Scripted& self) { self.restart("connection lost"); },
         [](Scripted& self) { self.store(5); }});
  EXPECT_EQ(events_->wait_for(2), (std::vector<std::string>{"started", "error connection lost"}));
  EXPECT_EQ(receiver_->starts(), 1);
  EXPECT_EQ(receiver_->stops(), 1);

  // The delay is 2 s; the receiver may begin to wait after the first move of the clock.
  while (rows().empty()) streams_.run_batches(1);

  EXPECT_EQ(rows(), std::vector{5});
  EXPECT_EQ(receiver_->starts(), 2);
}

TEST_F(ReceiverTest, AnExceptionIsReportedAndTheReceiverStartsAgain) {
  start({[](Scripted&) { throw std::runtime_error("no such host"); }, [](Scripted&) { throw 42; },
         [](Scripted& self) { self.store(6); }});

  while (rows().empty()) streams_.run_batches(1);

  EXPECT_EQ(events_->wait_for(3),
            (std::vector<std::string>{"started", "error no such host",
                                      "error an exception that is not a std::exception"}));
}

TEST_F(ReceiverTest, StopsForGoodByItself) {
  set_log_level(LogLevel::info);
  ::testing::internal::CaptureStderr();
  start({[](Scripted& self) {
    self.store(1);
    self.stop("seen enough");
  }});

  EXPECT_EQ(events_->wait_for(2), (std::vector<std::string>{"started", "stopped"}));
  std::string logged = ::testing::internal::GetCapturedStderr();
  set_log_level(LogLevel::warning);
  EXPECT_NE(logged.find("INFO  receiver receiver_stream (stream 0) has ended: seen enough"),
            std::string::npos)
      << logged;
  streams_.run_batches(5);
  EXPECT_EQ(rows(), std::vector{1});
  EXPECT_EQ(receiver_->starts(), 1);
  EXPECT_EQ(receiver_->stops(), 1);
}

TEST_F(ReceiverTest, StopsForGoodBecauseOfAnError) {
  start({[](Scripted& self) { self.stop("gave up", std::runtime_error("no such host")); }});

  EXPECT_EQ(events_->wait_for(3),
            (std::vector<std::string>{"started", "error gave up: no such host", "stopped"}));
  EXPECT_EQ(receiver_->starts(), 1);
}

TEST_F(ReceiverTest, ReportsErrorsAndGoesOn) {
  std::latch stored(1);
  start({[&](Scripted& self) {
    self.report_error("a line was odd");
    self.store(1);
    stored.count_down();
  }});
  stored.wait();
  streams_.run_batches(1);

  EXPECT_EQ(events_->wait_for(2), (std::vector<std::string>{"started", "error a line was odd"}));
  EXPECT_TRUE(events_->reports()[1].active);
  EXPECT_EQ(rows(), std::vector{1});
}

TEST_F(ReceiverTest, AReceiverThatWorksUntilItIsToStopEnds) {
  std::latch running(1);
  std::atomic<bool> refused{false};
  start({[&](Scripted& self) {
    running.count_down();
    while (self.store(1)) {
    }
    refused = true;
    EXPECT_TRUE(self.is_stopped());
  }});
  running.wait();

  streams_.context().stop();

  EXPECT_TRUE(refused);
  EXPECT_EQ(receiver_->stops(), 1);
  EXPECT_EQ(events_->wait_for(2).back(), "stopped");
}

TEST_F(ReceiverTest, GracefulStopProcessesAllThatWasStored) {
  std::latch stored(1);
  start({[&](Scripted& self) {
    for (int i = 0; i < 10; ++i) self.store(i);
    stored.count_down();
  }});
  stored.wait();

  streams_.context().stop(true);

  EXPECT_EQ(rows().size(), 10u);
}

TEST_F(ReceiverTest, AnOnStopThatThrowsStopsNothingElse) {
  class Thrower final : public Receiver<int> {
    void on_start() override {}
    void on_stop() override { throw std::runtime_error("can't close"); }
  };
  streams_.collect(streams_.context().receiver_stream(std::make_shared<Thrower>()));
  streams_.start();

  streams_.context().stop();

  EXPECT_EQ(streams_.context().state(), StreamingState::stopped);
}

TEST_F(ReceiverTest, StoresNothingBeforeItIsStarted) {
  Scripted receiver({});

  EXPECT_FALSE(receiver.store(1));
  EXPECT_FALSE(receiver.store(std::vector{1}));
  receiver.report_error("nobody listens");
}

TEST_F(ReceiverTest, StoresNothingOnceItsContextIsGone) {
  auto receiver = std::make_shared<Scripted>(std::vector<Scripted::Run>{});
  {
    VirtualStreams streams;
    streams.collect(streams.context().receiver_stream(receiver));
    streams.run_batches(1);
  }

  EXPECT_FALSE(receiver->store(1));
  receiver->report_error("nobody listens");
}

}  // namespace
}  // namespace thalweg
