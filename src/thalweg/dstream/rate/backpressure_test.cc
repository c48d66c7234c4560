// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/clock.h"
#include "thalweg/dstream/streaming_context.h"

namespace thalweg {
namespace {

using namespace std::chrono_literals;

/// Time goes on when everyone waits for it, and then to the nearest moment that anyone waits for:
/// the same program gives the same times, whatever the machine does meanwhile. As a listener it
/// knows of the batches.
class SteppedTime final : public Clock, public StreamingListener {
 public:
  [[nodiscard]] Time now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  [[nodiscard]] Time monotonic() const override { return now(); }
  bool wait_until(Time time, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    auto waiting = waiting_.insert(time);
    changed_.notify_all();
    bool came = changed_.wait(lock, stop, [&] { return now_ >= time; });
    waiting_.erase(waiting);
    changed_.notify_all();
    return came;
  }
  [[nodiscard]] bool is_real() const override { return false; }

  void on_batch_submitted(const BatchReport&) override {
    change([&] { ++submitted_; });
  }
  void on_batch_completed(const BatchReport& report) override {
    change([&] { reports_.push_back(report); });
  }

  /// Lets time go on until `batches` have been made. The generator waits for the time, so does one
  /// receiver, and the runner while it has a batch.
  void run(std::size_t batches) {
    std::unique_lock lock(mutex_);
    while (submitted_ < batches) {
      changed_.wait(lock, [&] {
        std::size_t waiters = reports_.size() < submitted_ ? 3 : 2;
        return waiting_.size() == waiters && *waiting_.begin() > now_;
      });
      now_ = *waiting_.begin();
      changed_.notify_all();
    }
  }
  [[nodiscard]] std::vector<BatchReport> reports() const {
    std::lock_guard lock(mutex_);
    return reports_;
  }

 private:
  template <typename Change>
  void change(Change apply) {
    std::lock_guard lock(mutex_);
    apply();
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Time now_;
  std::multiset<Time> waiting_;
  std::size_t submitted_ = 0;
  std::vector<BatchReport> reports_;
};

/// Stores as fast as it may, some records at once.
class Greedy final : public Receiver<int> {
  void on_start() override {
    while (store(std::vector<int>(10))) {
    }
  }
};

/// Runs a greedy receiver for so many batches of a second, where a second's work is `speed`
/// records. Gives the batches that ended.
std::vector<BatchReport> run(const BackpressureOptions& rates, double speed, std::size_t batches) {
  auto time = std::make_shared<SteppedTime>();
  std::stop_source stop;
  SessionOptions session_options;
  session_options.clock = time.get();
  Session session("local[1]", "test", session_options);
  StreamingOptions options;
  options.handle_signals = false;
  options.rates = rates;
  StreamingContext context(session, 1s, options);
  context.add_listener(time);
  context.receiver_stream(std::make_shared<Greedy>()).for_each_rdd([&](const RDD<int>& rdd) {
    double seconds = static_cast<double>(rdd.count()) / speed;
    time->wait_until(time->now() + Duration(static_cast<std::int64_t>(seconds * 1e6)),
                     stop.get_token());
  });
  context.start();
  time->run(batches);
  auto reports = time->reports();
  stop.request_stop();
  context.stop();
  return reports;
}

double seconds(std::optional<Duration> length) {
  return static_cast<double>(length->count()) / 1e6;
}

TEST(BackpressureTest, AReceiverTenTimesTooFastIsSlowedUntilTheDelayStopsGrowing) {
  auto reports = run({.backpressure = true, .initial_rate = 1'000, .min_rate = 10}, 100, 300);

  std::vector<double> delays;
  for (const auto& report : reports) delays.push_back(seconds(report.scheduling_delay()));
  EXPECT_NEAR(reports[0].record_count(), 1000, 10)
      << "the first rate holds from the first record on";
  auto highest = std::max_element(delays.begin(), delays.end());
  EXPECT_GT(*highest, 20);
  EXPECT_LT(highest - delays.begin(), 30) << "it grows only while the first batches run";
  ASSERT_GT(delays.size(), 260u);
  for (std::size_t batch = 250; batch < delays.size(); ++batch)
    EXPECT_LT(delays[batch], 3) << batch;
}

TEST(BackpressureTest, TheHighestRateHoldsInEachBatch) {
  auto reports = run({.max_rate = 200}, 1e6, 20);

  for (const auto& report : reports) EXPECT_NEAR(report.record_count(), 200, 10);
}

}  // namespace
}  // namespace thalweg
