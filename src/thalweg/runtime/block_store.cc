// SPDX-License-Identifier: Apache-2.0
#include "thalweg/runtime/block_store.h"

#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <utility>

#include "thalweg/common/hash.h"
#include "thalweg/common/log.h"

template class std::vector<std::shared_ptr<const thalweg::Block>>;

namespace thalweg {
namespace {

/// What blocks gave back since the allocator last gave memory back, in this process.
std::atomic<std::int64_t> freed_bytes{0};

/// Blocks come and go on different threads, whose heaps keep what was freed in between: without
/// this the process holds far more than the budget says. As long as memory is not short, the
/// allocator may keep what it has.
void give_back(std::int64_t bytes, const MemoryBudget& memory) {
  constexpr std::int64_t parts_of_limit = 16;
  if (freed_bytes.fetch_add(bytes) + bytes < memory.limit_bytes() / parts_of_limit) return;
  if (memory.used_bytes() < memory.limit_bytes() / 2) return;
  freed_bytes = 0;
  ::malloc_trim(0);
}

/// Charges the budget for as long as anyone holds the block.
std::shared_ptr<const Block> charge(std::shared_ptr<const Block> block, MemoryBudget& memory) {
  auto bytes = static_cast<std::int64_t>(block->bytes());
  memory.charge(bytes);
  const Block* raw = block.get();
  return {raw, [block = std::move(block), bytes, &memory](const Block*) mutable {
            block.reset();
            give_back(bytes, memory);
            memory.release(bytes);
          }};
}

Status session_ended() { return {ErrorCode::cancelled, "the session has ended"}; }

/// A file that could not be written whole is no use, and takes room on a disk that may be full.
Status write_file(FileSystem& files, const std::string& path, std::string_view bytes) {
  auto write = [&]() -> Status {
    THALWEG_TRY_ASSIGN(auto writer, files.open_write(path));
    THALWEG_TRY(writer->append(bytes));
    return writer->close();
  };
  Status written = write();
  if (!written.ok()) (void)files.remove(path);
  return written;
}

}  // namespace

std::string_view to_string(StorageLevel level) {
  constexpr std::string_view names[] = {"none", "memory", "memory_and_disk", "disk"};
  return names[static_cast<int>(level)];
}

BlockStore::BlockStore(MemoryBudget& memory, FileSystem& files, std::string directory)
    : memory_(memory), files_(files), directory_(std::move(directory)), process_(::getpid()) {}

BlockStore::~BlockStore() {
  entries_.clear();
  if (Status removed = remove_directory(); !removed.ok()) {
    log(LogLevel::warning, removed.to_string());
  }
}

Status BlockStore::remove_directory() {
  if (!std::exchange(directory_made_, false) || process_ != ::getpid()) return {};
  return files_.remove(directory_);
}

Status BlockStore::abandon_disk() {
  if (process_ != ::getpid()) return {};  // Another thread may have held a lock when it was forked.
  std::unique_lock nobody_writes(disk_mutex_);
  std::lock_guard lock(mutex_);
  disk_abandoned_ = true;
  return remove_directory();
}

Status BlockStore::put(BlockId id, std::shared_ptr<const Block> block, StorageLevel level,
                       const BlockCodec* codec) {
  Entry entry;
  entry.level = level;
  entry.codec = codec;
  if (level == StorageLevel::disk && codec != nullptr) {
    THALWEG_TRY(write_out(id, *block, &entry));
  }
  if (entry.file.empty()) {
    entry.block = charge(std::move(block), memory_);
  } else {
    const auto bytes = static_cast<std::int64_t>(block->bytes());
    block.reset();
    give_back(bytes, memory_);
  }
  {
    std::lock_guard lock(mutex_);
    if (auto old = entries_.find(id); old != entries_.end()) erase(old);
    auto& list = entry.block ? recent_ : away_;
    entry.recent = list.insert(list.end(), id);
    entries_.emplace(id, std::move(entry));
  }
  return make_room();
}

Result<std::shared_ptr<const Block>> BlockStore::get(const BlockId& id) {
  std::string file;
  std::uint64_t hash = 0;
  const BlockCodec* codec = nullptr;
  {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(id);
    if (found == entries_.end()) return std::shared_ptr<const Block>();
    if (found->second.block) {
      // Blocks of a shuffle are read once each, and those that were stored together lie together:
      // they go in the order in which they came, so that whole pages get free.
      if (id.kind != BlockId::Kind::shuffle) {
        recent_.splice(recent_.end(), recent_, found->second.recent);
      }
      return found->second.block;
    }
    if (disk_abandoned_) return session_ended();
    file = found->second.file;
    hash = found->second.file_hash;
    codec = found->second.codec;
  }
  THALWEG_TRY_ASSIGN(auto reader, files_.open_read(file));
  THALWEG_TRY_ASSIGN(auto size, reader->size_bytes());
  // The bytes are there beside the block until it is decoded.
  MemoryCharge transit(memory_);
  transit.resize(static_cast<std::int64_t>(size));
  // Blocks that can't be written out now fail whoever stores the next one.
  (void)make_room();
  std::string bytes(size, '\0');
  THALWEG_TRY_ASSIGN(auto got, reader->read_at(0, bytes.data(), size));
  bytes.resize(got);
  if (hash_bytes(bytes) != hash) {
    return Status(ErrorCode::data_loss, "spilled block does not hold what was written: " + file);
  }
  THALWEG_TRY_ASSIGN(auto block, codec->decode(std::move(bytes)));
  auto charged = charge(std::move(block), memory_);
  transit.resize(0);
  (void)make_room();
  return charged;
}

bool BlockStore::contains(const BlockId& id) const {
  std::lock_guard lock(mutex_);
  return entries_.contains(id);
}

void BlockStore::erase(Entries::iterator entry) {
  if (!entry->second.file.empty() && process_ == ::getpid()) {
    if (Status removed = files_.remove(entry->second.file); !removed.ok()) {
      log(LogLevel::warning, removed.to_string());
    }
  }
  (entry->second.block ? recent_ : away_).erase(entry->second.recent);
  entries_.erase(entry);
}

void BlockStore::remove(const BlockId& id) {
  std::lock_guard lock(mutex_);
  if (auto found = entries_.find(id); found != entries_.end()) erase(found);
}

void BlockStore::remove_all(BlockId::Kind kind, std::int64_t owner) {
  std::lock_guard lock(mutex_);
  auto first = entries_.lower_bound(BlockId{kind, owner, 0, 0});
  while (first != entries_.end() && first->first.kind == kind && first->first.owner == owner) {
    erase(first++);
  }
}

std::int64_t BlockStore::spilled_bytes() const {
  std::lock_guard lock(mutex_);
  return spilled_bytes_;
}

std::size_t BlockStore::block_count() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

Status BlockStore::write_out(const BlockId& id, const Block& block, Entry* out) {
  Encoder encoder;
  out->codec->encode(block, encoder);
  std::shared_lock writes(disk_mutex_);
  if (disk_abandoned_) return session_ended();
  std::string file;
  {
    std::lock_guard lock(mutex_);
    if (!directory_made_) THALWEG_TRY(files_.make_private_directory(directory_));
    directory_made_ = true;
    file = join_path(directory_,
                     "block-" + std::to_string(id.owner) + "-" + std::to_string(next_file_++));
  }
  THALWEG_TRY(write_file(files_, file, encoder.bytes()));
  {
    std::lock_guard lock(mutex_);
    spilled_bytes_ += static_cast<std::int64_t>(encoder.bytes().size());
  }
  out->file = std::move(file);
  out->file_hash = hash_bytes(encoder.bytes());
  return {};
}

Status BlockStore::make_room() {
  while (memory_.over_limit()) {
    BlockId id;
    std::shared_ptr<const Block> block;
    Entry written;
    {
      std::lock_guard lock(mutex_);
      auto victim = recent_.begin();
      for (; victim != recent_.end(); ++victim) {
        const Entry& entry = entries_.at(*victim);
        // Held by a reader as well: writing it out would free nothing now.
        if (entry.block && entry.codec != nullptr && entry.block.use_count() == 1) break;
      }
      if (victim == recent_.end()) return {};
      id = *victim;
      auto entry = entries_.find(id);
      if (entry->second.level == StorageLevel::memory) {
        erase(entry);
        continue;
      }
      block = entry->second.block;
      written.codec = entry->second.codec;
    }
    THALWEG_TRY(write_out(id, *block, &written));
    {
      std::lock_guard lock(mutex_);
      auto entry = entries_.find(id);
      if (entry == entries_.end() || entry->second.block != block) {
        THALWEG_TRY(files_.remove(written.file));
        continue;
      }
      entry->second.file = std::move(written.file);
      entry->second.file_hash = written.file_hash;
      entry->second.block.reset();
      away_.splice(away_.end(), recent_, entry->second.recent);
    }
    block.reset();
  }
  return {};
}

}  // namespace thalweg
