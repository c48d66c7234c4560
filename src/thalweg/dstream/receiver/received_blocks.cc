// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/received_blocks.h"

#include <algorithm>
#include <utility>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/faults/kill_point.h"
#include "thalweg/common/log.h"
#include "thalweg/dstream/receiver/received_log.h"

namespace thalweg {

ReceivedBlock::ReceivedBlock(std::shared_ptr<SessionState> session,
                             std::weak_ptr<ReceivedBlocks> owner, BlockId id, std::int64_t records,
                             std::int64_t bytes)
    : session_(std::move(session)),
      owner_(std::move(owner)),
      id_(id),
      records_(records),
      bytes_(bytes) {}

ReceivedBlock::ReceivedBlock(std::shared_ptr<SessionState> session, std::int64_t records,
                             std::shared_ptr<ReceivedLog> log, LogPosition position,
                             const BlockCodec* codec)
    : session_(std::move(session)),
      records_(records),
      bytes_(0),
      log_(std::move(log)),
      position_(position),
      codec_(codec) {}

ReceivedBlock::~ReceivedBlock() {
  if (log_ != nullptr) return;
  session_->blocks.remove(id_);
  if (auto owner = owner_.lock()) owner->released(bytes_);
}

Result<std::shared_ptr<const Block>> ReceivedBlock::read() const {
  if (log_ != nullptr) return log_->read(*position_, *codec_);
  THALWEG_TRY_ASSIGN(auto block, session_->blocks.get(id_));
  if (block != nullptr) return block;
  return Status(ErrorCode::data_loss, "received block " + std::to_string(id_.first) +
                                          " of stream " + std::to_string(id_.owner) + " is gone");
}

ReceivedBlocks::ReceivedBlocks(std::shared_ptr<SessionState> session, std::int64_t stream_id)
    : session_(std::move(session)),
      stream_id_(stream_id),
      bytes_max_(session_->memory.limit_bytes() / 4) {}

void ReceivedBlocks::store(std::shared_ptr<const Block> block, std::int64_t records,
                           const BlockCodec* codec) {
  std::lock_guard one_at_a_time(storing_);
  Unlogged received{std::move(block), records, codec};
  if (log_ == nullptr) {
    keep(received, std::nullopt);
    return;
  }
  if (unlogged_.empty()) {
    auto position = log_->append(*received.block, records, codec);
    if (position.ok()) {
      keep(received, position.value());
      return;
    }
  }
  // No batch gets it before it is in the log.
  unlogged_.push_back(std::move(received));
  std::lock_guard lock(mutex_);
  short_of_room_ = true;
}

void ReceivedBlocks::keep(const Unlogged& received, std::optional<LogPosition> position) {
  auto bytes = static_cast<std::int64_t>(received.block->bytes());
  BlockId id{BlockId::Kind::received, session_->next_id(), 0, stream_id_};
  {
    std::lock_guard lock(mutex_);
    id.first = next_block_++;
    held_bytes_ += bytes;
  }
  auto handle =
      std::make_shared<ReceivedBlock>(session_, shared_from_this(), id, received.records, bytes);
  if (position) handle->set_position(*position);
  Status room =
      session_->blocks.put(id, received.block, StorageLevel::memory_and_disk, received.codec);
  std::lock_guard lock(mutex_);
  record_count_ += received.records;
  waiting_.push_back(std::move(handle));
  // The block is in the store even so.
  if (!room.ok()) short_of_room_ = true;
}

Status ReceivedBlocks::log_unlogged() {
  std::lock_guard one_at_a_time(storing_);
  if (unlogged_.empty()) return {};
  THALWEG_TRY(log_->reopen());
  while (!unlogged_.empty()) {
    const Unlogged& received = unlogged_.front();
    THALWEG_TRY_ASSIGN(auto position,
                       log_->append(*received.block, received.records, received.codec));
    keep(received, position);
    unlogged_.pop_front();
  }
  return {};
}

bool ReceivedBlocks::wait_for_room(const std::stop_token& stop, const ErrorReport& report) {
  std::unique_lock lock(mutex_);
  while (true) {
    room_.wait(lock, stop, [&] { return held_bytes_ < bytes_max_; });
    if (stop.stop_requested()) return false;
    if (!short_of_room_) return true;
    lock.unlock();
    if (!make_room(stop, report)) return false;
    lock.lock();
  }
}

bool ReceivedBlocks::wait_until_logged(const std::stop_token& stop, const ErrorReport& report) {
  while (true) {
    {
      std::lock_guard lock(storing_);
      if (unlogged_.empty()) return true;
    }
    if (stop.stop_requested() || !make_room(stop, report)) return false;
  }
}

bool ReceivedBlocks::make_room(const std::stop_token& stop, const ErrorReport& report) {
  std::string what = "memory is full, and blocks can't be written to disk: ";
  Status room = session_->blocks.make_room();
  if (room.ok()) {
    what = "the log of what is received can't be written: ";
    room = log_unlogged();
  }
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    short_of_room_ = !room.ok();
    first = !std::exchange(reported_, short_of_room_);
  }
  if (room.ok()) return true;
  if (first) {
    std::string message = what + room.to_string() +
                          "; what was received is kept, and no more is taken until they can";
    log(LogLevel::error, "stream " + std::to_string(stream_id_) + ": " + message);
    if (report) report(message);
  }
  return session_->clock.wait_until(session_->clock.now() + room_retry_wait, stop);
}

void ReceivedBlocks::allocate(Time time) {
  std::lock_guard lock(mutex_);
  // A batch that was restored has its blocks; what came since belongs to a later one.
  if (batches_.contains(time)) return;
  Blocks& batch = batches_[time];
  if (!waiting_.empty() && waiting_.front()->position()) {
    first_logged_[time] = *waiting_.front()->position();
  }
  batch.insert(batch.end(), std::make_move_iterator(waiting_.begin()),
               std::make_move_iterator(waiting_.end()));
  waiting_.clear();
}

Status ReceivedBlocks::keep_in(std::shared_ptr<FileSystem> files, const std::string& directory,
                               const std::string& name, const BlockCodec* codec) {
  if (codec == nullptr) {
    return {ErrorCode::unsupported,
            name +
                ": columns that were received can't be written ahead yet; set write_ahead_log "
                "to false to go without"};
  }
  THALWEG_TRY_ASSIGN(log_, ReceivedLog::open(std::move(files), directory, name));
  log_codec_ = codec;
  return {};
}

std::string ReceivedBlocks::plan_of(Time time) const {
  if (log_ == nullptr) return {};
  Encoder plan;
  Blocks blocks = of_batch(time);
  plan.put_length(blocks.size());
  for (const auto& block : blocks) {
    plan.put_text(to_string(*block->position()));
    plan.put_length(static_cast<std::uint64_t>(block->records()));
  }
  return plan.take();
}

Status ReceivedBlocks::restore(Time time, std::string_view plan) {
  if (log_ == nullptr) {
    return {
        ErrorCode::invalid_argument,
        "batch " + to_string(time) + " has received blocks in a log; set write_ahead_log to go on"};
  }
  Decoder in(plan);
  std::uint64_t count = in.get_length();
  std::lock_guard lock(mutex_);
  Blocks& batch = batches_[time];
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    THALWEG_TRY_ASSIGN(auto position, parse_log_position(in.get_text()));
    auto records = static_cast<std::int64_t>(in.get_length());
    if (i == 0) first_logged_[time] = position;
    last_planned_ = std::max(last_planned_, position);
    batch.push_back(std::make_shared<ReceivedBlock>(session_, records, log_, position, log_codec_));
  }
  if (in.failed() || in.bytes_left() != 0) {
    return {ErrorCode::data_loss,
            "the list of blocks of batch " + to_string(time) + " is malformed"};
  }
  return {};
}

Status ReceivedBlocks::resume() {
  if (log_ == nullptr) return {};
  if (THALWEG_CANARY("waiting_blocks_forgotten")) return {};
  if (THALWEG_CANARY("blocks_received_again")) last_planned_ = {};
  return log_->for_each_after(
      last_planned_, [&](const LogPosition& position, std::int64_t records) {
        std::lock_guard lock(mutex_);
        record_count_ += records;
        waiting_.push_back(
            std::make_shared<ReceivedBlock>(session_, records, log_, position, log_codec_));
      });
}

void ReceivedBlocks::release_before(Time time) {
  if (log_ == nullptr) return;
  std::optional<LogPosition> oldest;
  {
    std::lock_guard lock(mutex_);
    first_logged_.erase(first_logged_.begin(), first_logged_.lower_bound(time));
    if (!first_logged_.empty()) oldest = first_logged_.begin()->second;
  }
  // Without a batch in the log there may still be blocks that wait.
  if (!oldest) return;
  if (Status removed = log_->remove_before(*oldest); !removed.ok()) {
    log(LogLevel::warning, "old received data stays on disk: " + removed.to_string());
  }
}

ReceivedBlocks::Blocks ReceivedBlocks::of_batch(Time time) const {
  std::lock_guard lock(mutex_);
  auto found = batches_.find(time);
  return found == batches_.end() ? Blocks() : found->second;
}

bool ReceivedBlocks::has_waiting() const {
  std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

std::int64_t ReceivedBlocks::record_count() const {
  std::lock_guard lock(mutex_);
  return record_count_;
}

void ReceivedBlocks::forget_before(Time time) {
  // Declared before the lock, so destroyed after it: blocks that go call released().
  std::map<Time, Blocks> forgotten;
  std::lock_guard lock(mutex_);
  while (!batches_.empty() && batches_.begin()->first < time) {
    forgotten.insert(batches_.extract(batches_.begin()));
  }
}

void ReceivedBlocks::released(std::int64_t bytes) {
  std::lock_guard lock(mutex_);
  held_bytes_ -= bytes;
  room_.notify_all();
}

}  // namespace thalweg
