// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/clock.h"
#include "thalweg/dstream/rate/rate_limit.h"
#include "thalweg/dstream/receiver/block_gatherer.h"
#include "thalweg/dstream/receiver/received_blocks.h"
#include "thalweg/rdd/row_block.h"

namespace thalweg {

/// Rows of a block that is being filled, for BlockGatherer.
template <Record T>
class OpenRows {
 public:
  void add(T row) {
    if (block_ == nullptr) block_ = make_block<T>();
    block_of<T>(*block_).append_row(std::move(row));
  }
  [[nodiscard]] bool empty() const { return block_ == nullptr; }
  [[nodiscard]] std::size_t bytes() const { return block_ == nullptr ? 0 : block_->bytes(); }
  ClosedBlock close() {
    auto records = static_cast<std::int64_t>(rows_of<T>(*block_).size());
    return {std::exchange(block_, nullptr), records, row_codec<T>()};
  }

 private:
  std::shared_ptr<Block> block_;
};

/// Takes the records that a user's receiver stores, and holds it while there is no room for them or
/// they come faster than they may.
///
/// Thread safety: all methods may be called concurrently.
template <Record T>
class RowCollector {
 public:
  RowCollector(const std::shared_ptr<ReceivedBlocks>& blocks, Clock& clock, Duration block_interval,
               std::shared_ptr<RateLimit> limit)
      : blocks_(blocks), gatherer_(blocks, clock, block_interval), limit_(std::move(limit)) {}

  void set_stop(std::stop_token stop) {
    std::lock_guard lock(stop_mutex_);
    stop_ = std::move(stop);
  }
  void set_error_report(std::function<void(const std::string&)> report) {
    std::lock_guard lock(report_mutex_);
    report_ = std::move(report);
  }
  void report_error(const std::string& message) const {
    // Held while reporting, so that who takes the report away knows it is not running.
    std::lock_guard lock(report_mutex_);
    if (report_) report_(message);
  }

  bool store(T row) {
    if (!admit(1)) return false;
    gatherer_.add(std::move(row));
    return true;
  }

  bool store_block(std::vector<T> rows) {
    if (!admit(static_cast<std::int64_t>(rows.size()))) return false;
    OpenRows<T> open;
    for (auto& row : rows) open.add(std::move(row));
    gatherer_.store(open);
    // Who acknowledges what was stored relies on the log.
    return blocks_->wait_until_logged(
        stop(), [this](const std::string& message) { report_error(message); });
  }

  /// Closes the block that is being filled.
  void cut() { gatherer_.cut(); }

 private:
  /// Waits until there is room and the rate allows so many records.
  bool admit(std::int64_t records) {
    std::stop_token stop = this->stop();
    auto report = [this](const std::string& message) { report_error(message); };
    return blocks_->wait_for_room(stop, report) && limit_->acquire(records, stop);
  }
  std::stop_token stop() const {
    std::lock_guard lock(stop_mutex_);
    return stop_;
  }

  const std::shared_ptr<ReceivedBlocks> blocks_;
  BlockGatherer<OpenRows<T>> gatherer_;
  const std::shared_ptr<RateLimit> limit_;
  mutable std::mutex report_mutex_;
  std::function<void(const std::string&)> report_;
  mutable std::mutex stop_mutex_;
  std::stop_token stop_;
};

}  // namespace thalweg
