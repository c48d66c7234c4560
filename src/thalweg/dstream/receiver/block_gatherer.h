// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "thalweg/common/clock.h"
#include "thalweg/dstream/receiver/received_blocks.h"

namespace thalweg {

/// A block that nothing more is added to.
struct ClosedBlock {
  std::shared_ptr<const Block> block;
  std::int64_t records = 0;
  const BlockCodec* codec = nullptr;
};

/// Gathers what a receiver brings into blocks, which become partitions: a block is closed after an
/// interval, when it is large, or when a batch asks for it.
///
/// Open is what gathers one block:
///
///     void add(Item);                              // what add() below is given
///     bool empty() const;
///     std::size_t bytes() const;
///     ClosedBlock close();                         // then it is empty again
///
/// Thread safety: all methods may be called concurrently.
template <typename Open>
class BlockGatherer {
 public:
  static constexpr std::size_t block_bytes_max = std::size_t{4} << 20;

  BlockGatherer(std::shared_ptr<ReceivedBlocks> blocks, Clock& clock, Duration block_interval)
      : blocks_(std::move(blocks)), clock_(clock), block_interval_(block_interval) {}

  /// Who adds has asked ReceivedBlocks::wait_for_room().
  template <typename Item>
  void add(Item&& item) {
    std::lock_guard lock(mutex_);
    Time now = clock_.now();
    if (open_.empty()) opened_ = now;
    open_.add(std::forward<Item>(item));
    close_if_due(now);
  }
  /// Closes the block that is being filled if it is old or large enough.
  void close_if_due() {
    std::lock_guard lock(mutex_);
    close_if_due(clock_.now());
  }
  /// Closes the block that is being filled.
  void cut() {
    std::lock_guard lock(mutex_);
    store(open_);
  }
  /// Stores what `open` has as a block of its own.
  void store(Open& open) {
    if (open.empty()) return;
    ClosedBlock closed = open.close();
    blocks_->store(std::move(closed.block), closed.records, closed.codec);
  }

 private:
  void close_if_due(Time now) {
    if (now - opened_ >= block_interval_ || open_.bytes() >= block_bytes_max) store(open_);
  }

  const std::shared_ptr<ReceivedBlocks> blocks_;
  Clock& clock_;
  const Duration block_interval_;
  std::mutex mutex_;
  Open open_;
  Time opened_;
};

}  // namespace thalweg
