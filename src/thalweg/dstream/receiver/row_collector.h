// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/clock.h"
#include "thalweg/common/log.h"
#include "thalweg/dstream/receiver/received_blocks.h"
#include "thalweg/rdd/row_block.h"

namespace thalweg {

/// Gathers single records into blocks, which become partitions: a block is closed after an
/// interval, when it is large, or when a batch asks for it.
///
/// Thread safety: all methods may be called concurrently.
template <Record T>
class RowCollector {
 public:
  static constexpr std::size_t block_bytes_max = std::size_t{4} << 20;

  RowCollector(std::shared_ptr<ReceivedBlocks> blocks, Clock& clock, Duration block_interval)
      : blocks_(std::move(blocks)), clock_(clock), block_interval_(block_interval) {}

  void set_stop(std::stop_token stop) {
    std::lock_guard lock(mutex_);
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
    if (!blocks_->wait_for_room(stop())) return false;
    std::lock_guard lock(mutex_);
    Time now = clock_.now();
    if (current_ == nullptr) {
      current_ = std::make_shared<RowBlock<T>>();
      opened_ = now;
    }
    current_->append_row(std::move(row));
    if (now - opened_ >= block_interval_ || current_->bytes() >= block_bytes_max) close_block();
    return true;
  }

  bool store_block(std::vector<T> rows) {
    if (!blocks_->wait_for_room(stop())) return false;
    auto block = std::make_shared<RowBlock<T>>();
    for (auto& row : rows) block->append_row(std::move(row));
    put(std::move(block));
    return true;
  }

  /// Closes the block that is being filled.
  void cut() {
    std::lock_guard lock(mutex_);
    close_block();
  }

 private:
  std::stop_token stop() const {
    std::lock_guard lock(mutex_);
    return stop_;
  }

  void close_block() {
    if (current_ != nullptr) put(std::exchange(current_, nullptr));
  }

  void put(std::shared_ptr<RowBlock<T>> block) {
    auto records = static_cast<std::int64_t>(block->size());
    if (records == 0) return;
    Status stored = blocks_->store(std::move(block), records, RowBlock<T>::decoder());
    if (!stored.ok()) log(LogLevel::error, "received records are lost: " + stored.to_string());
  }

  const std::shared_ptr<ReceivedBlocks> blocks_;
  Clock& clock_;
  const Duration block_interval_;
  mutable std::mutex report_mutex_;
  std::function<void(const std::string&)> report_;
  mutable std::mutex mutex_;
  std::stop_token stop_;
  std::shared_ptr<RowBlock<T>> current_;
  Time opened_;
};

}  // namespace thalweg
