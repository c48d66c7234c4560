// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/receiver/received_blocks.h"

#include <utility>

namespace thalweg {

ReceivedBlock::ReceivedBlock(std::shared_ptr<SessionState> session,
                             std::weak_ptr<ReceivedBlocks> owner, BlockId id, std::int64_t records,
                             std::int64_t bytes)
    : session_(std::move(session)),
      owner_(std::move(owner)),
      id_(id),
      records_(records),
      bytes_(bytes) {}

ReceivedBlock::~ReceivedBlock() {
  session_->blocks.remove(id_);
  if (auto owner = owner_.lock()) owner->released(bytes_);
}

Result<std::shared_ptr<const Block>> ReceivedBlock::read() const {
  THALWEG_TRY_ASSIGN(auto block, session_->blocks.get(id_));
  if (block != nullptr) return block;
  return Status(ErrorCode::data_loss, "received block " + std::to_string(id_.first) +
                                          " of stream " + std::to_string(id_.owner) + " is gone");
}

ReceivedBlocks::ReceivedBlocks(std::shared_ptr<SessionState> session, std::int64_t stream_id)
    : session_(std::move(session)),
      stream_id_(stream_id),
      bytes_max_(session_->memory.limit_bytes() / 4) {}

Status ReceivedBlocks::store(std::shared_ptr<const Block> block, std::int64_t records,
                             BlockStore::DecodeFunction decode) {
  auto bytes = static_cast<std::int64_t>(block->bytes());
  BlockId id{BlockId::Kind::received, session_->next_id(), 0, stream_id_};
  {
    std::lock_guard lock(mutex_);
    id.first = next_block_++;
    held_bytes_ += bytes;
  }
  auto handle = std::make_shared<ReceivedBlock>(session_, shared_from_this(), id, records, bytes);
  THALWEG_TRY(
      session_->blocks.put(id, std::move(block), StorageLevel::memory_and_disk, std::move(decode)));
  std::lock_guard lock(mutex_);
  record_count_ += records;
  waiting_.push_back(std::move(handle));
  return {};
}

bool ReceivedBlocks::wait_for_room(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, stop, [&] { return held_bytes_ < bytes_max_; });
  return !stop.stop_requested();
}

void ReceivedBlocks::allocate(Time time) {
  std::lock_guard lock(mutex_);
  Blocks& batch = batches_[time];
  batch.insert(batch.end(), std::make_move_iterator(waiting_.begin()),
               std::make_move_iterator(waiting_.end()));
  waiting_.clear();
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
