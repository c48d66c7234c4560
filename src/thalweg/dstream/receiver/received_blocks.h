// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/time.h"
#include "thalweg/runtime/block_store.h"
#include "thalweg/runtime/session.h"
#include "thalweg/state/wal/log_position.h"

namespace thalweg {

class ReceivedBlocks;
class ReceivedLog;

/// One block of received records, in the session's block store, from where it is removed when the
/// last RDD that reads it goes, or in the log.
class ReceivedBlock {
 public:
  ReceivedBlock(std::shared_ptr<SessionState> session, std::weak_ptr<ReceivedBlocks> owner,
                BlockId id, std::int64_t records, std::int64_t bytes);
  /// A block that lies in the log only.
  ReceivedBlock(std::shared_ptr<SessionState> session, std::int64_t records,
                std::shared_ptr<ReceivedLog> log, LogPosition position, const BlockCodec* codec);
  ~ReceivedBlock();
  ReceivedBlock(const ReceivedBlock&) = delete;
  ReceivedBlock& operator=(const ReceivedBlock&) = delete;

  Result<std::shared_ptr<const Block>> read() const;
  [[nodiscard]] std::int64_t records() const { return records_; }
  /// Where it lies in the log; nothing where there is no log.
  [[nodiscard]] const std::optional<LogPosition>& position() const { return position_; }
  void set_position(LogPosition position) { position_ = position; }

 private:
  const std::shared_ptr<SessionState> session_;
  const std::weak_ptr<ReceivedBlocks> owner_;  ///< It holds the block.
  const BlockId id_;
  const std::int64_t records_;
  const std::int64_t bytes_;
  const std::shared_ptr<ReceivedLog> log_;
  std::optional<LogPosition> position_;
  const BlockCodec* const codec_ = nullptr;
};

/// The blocks of one receiver: those that wait for a batch, and those of each batch. Holds at most
/// a quarter of the session's memory; who stores beyond that waits, and with it the sender. So does
/// who stores while the session is short of memory and can't write blocks to disk: what was
/// received is kept until it can.
///
/// Thread safety: all methods may be called concurrently.
class ReceivedBlocks : public std::enable_shared_from_this<ReceivedBlocks> {
 public:
  using Blocks = std::vector<std::shared_ptr<ReceivedBlock>>;
  using ErrorReport = std::function<void(const std::string& message)>;

  /// How long until it is tried again to write blocks to disk.
  static constexpr Duration room_retry_wait = std::chrono::seconds(1);

  ReceivedBlocks(std::shared_ptr<SessionState> session, std::int64_t stream_id);

  /// Stores a block and lets it wait for a batch: where there is a log, once that has it. What
  /// can't be written stays in memory, and wait_for_room() tries again.
  void store(std::shared_ptr<const Block> block, std::int64_t records, const BlockCodec* codec);
  /// Waits until there is room for more. False once `stop` is requested. Where blocks can't be
  /// written to disk, `report` is called once, without a lock, and it is tried again until they
  /// can.
  bool wait_for_room(const std::stop_token& stop, const ErrorReport& report = {});
  /// Waits until the log has everything that was stored. False once `stop` is requested.
  bool wait_until_logged(const std::stop_token& stop, const ErrorReport& report);

  /// Keeps from now on what is stored in a log as well. `codec` reads what earlier runs wrote.
  Status keep_in(std::shared_ptr<FileSystem> files, const std::string& directory,
                 const std::string& name, const BlockCodec* codec);
  /// The blocks of a batch as text; empty where there is no log. And back, in the order of times.
  [[nodiscard]] std::string plan_of(Time time) const;
  Status restore(Time time, std::string_view plan);
  /// What the log has behind the restored batches waits for one.
  Status resume();
  /// Lets the log forget the blocks of batches before `time`.
  void release_before(Time time);

  /// Gives all waiting blocks to the batch at `time`.
  void allocate(Time time);
  [[nodiscard]] Blocks of_batch(Time time) const;
  [[nodiscard]] bool has_waiting() const;
  /// Records received so far.
  [[nodiscard]] std::int64_t record_count() const;
  void forget_before(Time time);

 private:
  friend class ReceivedBlock;
  struct Unlogged {
    std::shared_ptr<const Block> block;
    std::int64_t records = 0;
    const BlockCodec* codec = nullptr;
  };
  void keep(const Unlogged& received, std::optional<LogPosition> position);
  Status log_unlogged();
  void released(std::int64_t bytes);
  /// Lets the session write blocks to disk; where it can't, waits before the next attempt. False
  /// once `stop` is requested.
  bool make_room(const std::stop_token& stop, const ErrorReport& report);

  const std::shared_ptr<SessionState> session_;
  const std::int64_t stream_id_;
  const std::int64_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable_any room_;
  Blocks waiting_;
  std::map<Time, Blocks> batches_;
  std::int64_t held_bytes_ = 0;
  bool short_of_room_ = false;  ///< The last attempt to write blocks to disk failed.
  bool reported_ = false;       ///< And that was said.
  std::int64_t record_count_ = 0;
  std::int64_t next_block_ = 0;
  std::shared_ptr<ReceivedLog> log_;
  const BlockCodec* log_codec_ = nullptr;
  std::mutex storing_;             ///< Blocks wait in the order in which the log has them.
  std::deque<Unlogged> unlogged_;  ///< Under storing_.
  std::map<Time, LogPosition> first_logged_;  ///< Of batches that have blocks in the log.
  LogPosition last_planned_;
};

}  // namespace thalweg
