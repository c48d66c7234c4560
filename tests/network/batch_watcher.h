// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "thalweg/thalweg.h"

namespace thalweg {

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

}  // namespace thalweg
