// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <exception>
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
  using Row = T;
  virtual ~Receiver() = default;

  /// Begins to receive.
  virtual void on_start() = 0;
  /// Ends what on_start() began; once a run. When the context stops it is called on another thread
  /// and makes an on_start() that still works return soon; after stop() or restart() it is called
  /// when on_start() has returned.
  virtual void on_stop() {}
  /// Between a failure or restart() and the next on_start().
  [[nodiscard]] virtual Duration restart_delay() const { return std::chrono::seconds(2); }

  /// Stores one record. Waits while the engine has no room for more; returns false, without the
  /// record, once the receiver is to stop.
  bool store(T row) {
    auto collector = this->collector();
    return collector != nullptr && collector->store(std::move(row));
  }
  /// Stores several records as a block of their own: when this returns true they are in the engine.
  bool store(std::vector<T> rows) {
    auto collector = this->collector();
    return collector != nullptr && collector->store_block(std::move(rows));
  }

  /// Ends this run and begins another after restart_delay().
  void restart(std::string message) { finish({restart_delay(), std::move(message)}); }
  /// Ends the receiver for good. The message goes to the log; nothing went wrong.
  void stop(std::string message = "") { finish({std::nullopt, "", std::move(message)}); }
  /// Ends the receiver for good, because of an error, which the listeners are told.
  void stop(std::string message, const std::exception& error) {
    finish({std::nullopt, std::move(message) + ": " + error.what()});
  }
  /// Tells the listeners; the receiver goes on.
  void report_error(const std::string& message) {
    if (auto collector = this->collector()) collector->report_error(message);
  }
  /// True once the receiver, or its run, is to end.
  [[nodiscard]] bool is_stopped() const {
    std::lock_guard lock(mutex_);
    return ending_ || stop_.stop_requested();
  }

  /// For the modules of Thalweg: one run, on the receiver's thread.
  ReceiverThread::Outcome run(std::stop_token stop, std::shared_ptr<RowCollector<T>> collector) {
    {
      std::lock_guard lock(mutex_);
      collector_ = std::move(collector);
      stop_ = stop;
      ending_ = false;
      told_to_stop_ = false;
      outcome_ = {};
    }
    if (stop.stop_requested()) return {};
    // Unblocks an on_start() that works until it is stopped.
    std::stop_callback stopping(stop, [this] { tell_to_stop(); });
    on_start();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, stop, [&] { return ending_; });
    ReceiverThread::Outcome outcome = outcome_;
    lock.unlock();
    tell_to_stop();
    return outcome;
  }

  /// For the modules of Thalweg: from now on nothing can be stored.
  void detach() {
    std::lock_guard lock(mutex_);
    collector_.reset();
  }

 private:
  std::shared_ptr<RowCollector<T>> collector() const {
    std::lock_guard lock(mutex_);
    return collector_;
  }
  /// Calls on_stop(), once a run.
  void tell_to_stop() {
    {
      std::lock_guard lock(mutex_);
      if (std::exchange(told_to_stop_, true)) return;
    }
    try {
      on_stop();
    } catch (const std::exception& error) {
      report_error(std::string("on_stop() threw: ") + error.what());
    } catch (...) {
      report_error("on_stop() threw");
    }
  }
  void finish(ReceiverThread::Outcome outcome) {
    std::lock_guard lock(mutex_);
    ending_ = true;
    outcome_ = std::move(outcome);
    ended_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable_any ended_;
  std::shared_ptr<RowCollector<T>> collector_;  ///< Empty before the first run.
  std::stop_token stop_;
  bool ending_ = false;
  bool told_to_stop_ = false;
  ReceiverThread::Outcome outcome_;
};

}  // namespace thalweg
