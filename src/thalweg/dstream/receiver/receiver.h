// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/time.h"
#include "thalweg/dstream/receiver/receiver_thread.h"
#include "thalweg/dstream/receiver/row_collector.h"

namespace thalweg {

/// A source of records of your own: subclass it, give it to StreamingContext::receiver_stream().
///
///     class Counter : public Receiver<int> {
///       void on_start() override {
///         for (int i = 0; !is_stopped(); ++i) store(i);
///       }
///     };
///
/// on_start() runs on a thread of the receiver's own. It may work there until is_stopped(), or
/// start threads and return; the receiver goes on until stop(). An exception from it is reported
/// and the receiver restarted after restart_delay().
/// Thread safety: what a subclass calls (store, restart, stop, report_error, is_stopped) may be
/// called from any of its threads.
/// Source: Spark's Receiver.
template <Record T>
class Receiver {
 public:
  virtual ~Receiver() = default;

  /// Begins to receive.
  virtual void on_start() = 0;
  /// Ends what on_start() began, so that it returns soon. Called on another thread.
  virtual void on_stop() {}
  /// Between a failure or restart() and the next on_start().
  [[nodiscard]] virtual Duration restart_delay() const { return std::chrono::seconds(2); }

  /// Stores one record. Waits while the engine has no room for more; returns false, without the
  /// record, once the receiver is to stop.
  bool store(T row) { return collector_->store(std::move(row)); }
  /// Stores several records as a block of their own: when this returns true they are in the engine.
  bool store(std::vector<T> rows) { return collector_->store_block(std::move(rows)); }

  /// Ends this run and begins another after restart_delay().
  void restart(std::string message) { finish(std::move(message), true); }
  /// Ends the receiver for good.
  void stop(std::string message = "") { finish(std::move(message), false); }
  /// Tells the listeners; the receiver goes on.
  void report_error(const std::string& message) { collector_->report_error(message); }
  /// True once the receiver, or its run, is to end.
  [[nodiscard]] bool is_stopped() const {
    std::lock_guard lock(mutex_);
    return ending_ || stop_.stop_requested();
  }

  /// For the modules of Thalweg: one run, on the receiver's thread.
  ReceiverThread::Outcome run(std::stop_token stop, RowCollector<T>& collector) {
    {
      std::lock_guard lock(mutex_);
      collector_ = &collector;
      stop_ = stop;
      ending_ = false;
      again_ = false;
      message_.clear();
    }
    // Unblocks an on_start() that works until it is stopped.
    std::stop_callback stopping(stop, [this] { on_stop(); });
    on_start();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, stop, [&] { return ending_; });
    bool again = again_;
    std::string message = message_;
    bool stopped_by_itself = ending_;
    lock.unlock();
    if (stopped_by_itself && !stop.stop_requested()) on_stop();
    return {again ? std::optional(restart_delay()) : std::nullopt, message};
  }

 private:
  void finish(std::string message, bool again) {
    std::lock_guard lock(mutex_);
    ending_ = true;
    again_ = again;
    message_ = std::move(message);
    ended_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable_any ended_;
  RowCollector<T>* collector_ = nullptr;
  std::stop_token stop_;
  bool ending_ = false;
  bool again_ = false;
  std::string message_;
};

}  // namespace thalweg
