// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "thalweg/common/virtual_clock.h"
#include "thalweg/dstream/streaming_context.h"
#include "thalweg/testing/error_of.h"

namespace thalweg::testing {

/// Batches in and batches out, as literals.
template <typename T>
using Batches = std::vector<std::vector<T>>;
/// A batch in: rows, or std::nullopt for a batch that the stream does not have.
template <typename T>
struct GivenBatch {
  GivenBatch(std::initializer_list<T> given) : rows(given) {}   // NOLINT
  GivenBatch(std::vector<T> given) : rows(std::move(given)) {}  // NOLINT
  GivenBatch(std::nullopt_t) {}                                 // NOLINT
  std::optional<std::vector<T>> rows;
};
template <typename T>
using GivenBatches = std::vector<GivenBatch<T>>;

/// Each batch sorted, for streams that promise no order.
template <typename T>
Batches<T> sorted(Batches<T> batches) {
  for (auto& batch : batches) std::sort(batch.begin(), batch.end());
  return batches;
}
/// Also the lists in rows such as (key, list).
template <typename K, typename V>
Batches<std::pair<K, std::vector<V>>> sorted(Batches<std::pair<K, std::vector<V>>> batches) {
  for (auto& batch : batches) {
    for (auto& row : batch) std::sort(row.second.begin(), row.second.end());
    std::sort(batch.begin(), batch.end());
  }
  return batches;
}

/// A stream of literal data: batch i is the i-th of a list, and empty behind its end.
template <typename T>
class GivenNode final : public StreamNode, public InputNode {
 public:
  using Row = T;

  /// `slide`: zero for that of the batches.
  GivenNode(std::shared_ptr<StreamGraph> graph, GivenBatches<T> batches, int partitions,
            Duration slide = Duration(0))
      : StreamNode(std::move(graph), "given", {}),
        batches_(std::move(batches)),
        partitions_(partitions),
        slide_(slide) {}

  [[nodiscard]] Duration slide() const override {
    return slide_.count() > 0 ? slide_ : StreamNode::slide();
  }
  [[nodiscard]] std::int64_t stream_id() const override { return this->id(); }
  [[nodiscard]] bool can_replay() const override { return true; }
  [[nodiscard]] std::optional<std::int64_t> records_of(Time time) const override {
    std::size_t index = index_of(time);
    if (index >= batches_.size() || !batches_[index].rows) return 0;
    return static_cast<std::int64_t>(batches_[index].rows->size());
  }

 protected:
  Result<BatchRdd> compute(Time time) override {
    const Context& context = this->graph().context();
    std::size_t index = index_of(time);
    if (index >= batches_.size()) return BatchRdd(context.template empty_rdd<T>().node());
    const auto& rows = batches_[index].rows;
    return rows ? BatchRdd(context.parallelize(*rows, partitions_).node()) : BatchRdd();
  }

 private:
  [[nodiscard]] std::size_t index_of(Time time) const {
    return static_cast<std::size_t>((time - *this->graph().zero_time()) / slide()) - 1;
  }

  const GivenBatches<T> batches_;
  const int partitions_;
  const Duration slide_;
};

/// Counts the batches that have run, and lets a test wait for them.
class BatchCounter final : public StreamingListener {
 public:
  void on_batch_completed(const BatchReport& report) override {
    std::lock_guard lock(mutex_);
    reports_.push_back(report);
    changed_.notify_all();
  }
  /// Waits until `count` batches have run, or `give_up()` was called.
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return gave_up_ || reports_.size() >= count; });
  }
  void give_up() {
    std::lock_guard lock(mutex_);
    gave_up_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] std::vector<BatchReport> reports() const {
    std::lock_guard lock(mutex_);
    return reports_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<BatchReport> reports_;
  bool gave_up_ = false;
};

/// What the sessions of VirtualStreams are made with, but for the clock. For scopes around a test.
inline SessionOptions& virtual_session_options() {
  static SessionOptions options;
  return options;
}

/// A streaming context on a virtual clock: batch after batch is computed, and nothing sleeps.
///
///     VirtualStreams streams;
///     auto sums = streams.given<int>({{1, 2}, {}, {3}}).reduce(std::plus<>());
///     EXPECT_EQ(streams.run(sums, 3), (Batches<int>{{3}, {}, {3}}));
///
/// The clock starts at 0, so batch i (from 1) has the time i * interval.
class VirtualStreams {
 public:
  explicit VirtualStreams(Duration interval = std::chrono::seconds(1),
                          StreamingOptions options = {}, const std::string& master = "local[2]",
                          Time start = Time())
      : clock_(start),
        interval_(interval),
        session_(master, "test", session_options(&clock_)),
        context_(session_, interval, without_signals(std::move(options))),
        counter_(std::make_shared<BatchCounter>()) {
    context_.add_listener(counter_);
  }
  ~VirtualStreams() {
    // Ends the watcher's wait.
    context_.stop();
    if (watcher_.joinable()) watcher_.join();
  }
  VirtualStreams(const VirtualStreams&) = delete;
  VirtualStreams& operator=(const VirtualStreams&) = delete;

  VirtualClock& clock() { return clock_; }
  Session& session() { return session_; }
  StreamingContext& context() { return context_; }
  BatchCounter& counter() { return *counter_; }
  /// For a test that wants its own listener in front of it.
  std::shared_ptr<StreamingListener> shared_counter() { return counter_; }

  /// A stream of these batches; behind the last one come empty ones.
  template <typename T>
  DStream<T> given(GivenBatches<T> batches, int partitions = 2, Duration slide = Duration(0)) {
    return context_.input<T>(
        std::make_shared<GivenNode<T>>(context_.graph(), std::move(batches), partitions, slide));
  }

  /// Adds an output that keeps the rows of each batch, in order of partitions.
  template <typename T>
  std::shared_ptr<const Batches<owned_t<T>>> collect(const DStream<T>& stream) {
    auto batches = std::make_shared<Batches<owned_t<T>>>();
    stream.for_each_rdd([batches](const RDD<T>& rdd) { batches->push_back(rdd.collect()); });
    return batches;
  }

  /// The first `count` batches of `stream`; fewer where it has none at a time. Starts the context.
  /// Errors: throws Error with what failed in a batch.
  template <typename T>
  Batches<owned_t<T>> run(const DStream<T>& stream, int count) {
    auto batches = collect(stream);
    run_batches(count);
    if (auto failed = failure()) throw Error(*failed);
    return *batches;
  }

  /// Moves the clock on by `count` intervals and waits for the batch of each. Starts the context.
  /// Where a batch can't even be made, returns once that is known.
  void run_batches(int count) {
    start();
    for (int i = 0; i < count; ++i) {
      clock_.advance(interval_);
      counter_->wait_for(++expected_);
    }
  }

  /// Starts the context, the first time.
  void start() {
    if (watcher_.joinable()) return;
    context_.start();
    watcher_ = std::thread([this] {
      try {
        context_.await_termination();
      } catch (const Error& error) {
        // Such a batch tells no listener that it has run.
        if (std::string(error.what()).find("could not be made") != std::string::npos) {
          counter_->give_up();
        }
      }
    });
  }

  /// What failed first in any of the batches that were waited for.
  std::optional<Status> failure() {
    try {
      context_.await_termination_or_timeout(Duration(0));
      return std::nullopt;
    } catch (const Error& error) {
      return Status(error.code(), error.what());
    }
  }

 private:
  static SessionOptions session_options(VirtualClock* clock) {
    SessionOptions options = virtual_session_options();
    options.clock = clock;
    return options;
  }
  static StreamingOptions without_signals(StreamingOptions options) {
    options.handle_signals = false;
    return options;
  }

  VirtualClock clock_;
  const Duration interval_;
  Session session_;
  StreamingContext context_;
  const std::shared_ptr<BatchCounter> counter_;
  std::size_t expected_ = 0;
  std::thread watcher_;
};

}  // namespace thalweg::testing
