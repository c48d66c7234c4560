// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "thalweg/common/time.h"
#include "thalweg/runtime/block_store.h"
#include "thalweg/runtime/session.h"

namespace thalweg {

class ReceivedBlocks;

/// One block of received records in the session's block store. It is removed from there when the
/// last RDD that reads it goes.
class ReceivedBlock {
 public:
  ReceivedBlock(std::shared_ptr<SessionState> session, std::weak_ptr<ReceivedBlocks> owner,
                BlockId id, std::int64_t records, std::int64_t bytes);
  ~ReceivedBlock();
  ReceivedBlock(const ReceivedBlock&) = delete;
  ReceivedBlock& operator=(const ReceivedBlock&) = delete;

  Result<std::shared_ptr<const Block>> read() const;
  [[nodiscard]] std::int64_t records() const { return records_; }

 private:
  const std::shared_ptr<SessionState> session_;
  const std::weak_ptr<ReceivedBlocks> owner_;  ///< It holds the block.
  const BlockId id_;
  const std::int64_t records_;
  const std::int64_t bytes_;
};

/// The blocks of one receiver: those that wait for a batch, and those of each batch. Holds at most
/// a quarter of the session's memory; who stores beyond that waits, and with it the sender.
///
/// Thread safety: all methods may be called concurrently.
class ReceivedBlocks : public std::enable_shared_from_this<ReceivedBlocks> {
 public:
  using Blocks = std::vector<std::shared_ptr<ReceivedBlock>>;

  ReceivedBlocks(std::shared_ptr<SessionState> session, std::int64_t stream_id);

  /// Stores a block and lets it wait for a batch.
  Status store(std::shared_ptr<const Block> block, std::int64_t records,
               BlockStore::DecodeFunction decode);
  /// Waits until there is room for more. False once `stop` is requested.
  bool wait_for_room(std::stop_token stop);

  /// Gives all waiting blocks to the batch at `time`.
  void allocate(Time time);
  [[nodiscard]] Blocks of_batch(Time time) const;
  [[nodiscard]] bool has_waiting() const;
  /// Records received so far.
  [[nodiscard]] std::int64_t record_count() const;
  void forget_before(Time time);

 private:
  friend class ReceivedBlock;
  void released(std::int64_t bytes);

  const std::shared_ptr<SessionState> session_;
  const std::int64_t stream_id_;
  const std::int64_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable_any room_;
  Blocks waiting_;
  std::map<Time, Blocks> batches_;
  std::int64_t held_bytes_ = 0;
  std::int64_t record_count_ = 0;
  std::int64_t next_block_ = 0;
};

}  // namespace thalweg
