// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/telemetry/listener.h"

namespace thalweg::testing {

/// Writes down what receivers tell their listeners: "started", "error WHY", "stopped".
class ReceiverEvents final : public StreamingListener {
 public:
  void on_receiver_started(const ReceiverReport& report) override { add("started", report); }
  void on_receiver_error(const ReceiverReport& report) override {
    add("error " + report.last_error, report);
  }
  void on_receiver_stopped(const ReceiverReport& report) override { add("stopped", report); }

  /// Waits until there are at least `count` events.
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return events_.size() >= count; });
    return events_;
  }
  [[nodiscard]] std::vector<ReceiverReport> reports() const {
    std::lock_guard lock(mutex_);
    return reports_;
  }

 private:
  void add(std::string event, const ReceiverReport& report) {
    std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    reports_.push_back(report);
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  std::vector<ReceiverReport> reports_;
};

}  // namespace thalweg::testing
