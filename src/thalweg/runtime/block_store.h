// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/file_system.h"
#include "thalweg/common/memory_budget.h"
#include "thalweg/common/status.h"

namespace thalweg {

/// Where a kept partition lies.
enum class StorageLevel {
  none,             ///< Nowhere: computed each time.
  memory,           ///< In memory; dropped when memory is short, then computed again.
  memory_and_disk,  ///< In memory; written to disk when memory is short.
  disk,             ///< On disk only.
};

/// "memory_and_disk".
std::string_view to_string(StorageLevel level);

/// Records at rest: a kept partition, a piece of a shuffle, what a receiver got. Never changed
/// after it was stored.
class Block {
 public:
  virtual ~Block() = default;
  /// Memory held, in bytes: what the budget is charged for.
  [[nodiscard]] virtual std::size_t bytes() const = 0;
};

/// Blocks that are read together. One type for all, compiled once, in the library.
using BlockList = std::vector<std::shared_ptr<const Block>>;
}  // namespace thalweg
extern template class std::vector<std::shared_ptr<const thalweg::Block>>;
namespace thalweg {

/// The byte form of one kind of block.
struct BlockCodec {
  /// Writes the records of a block of this kind.
  void (*encode)(const Block& block, Encoder& out);
  /// Reads what encode() wrote. Errors: data_loss.
  Result<std::shared_ptr<const Block>> (*decode)(std::string&& bytes);
};

/// Names a block: what it is, and up to three numbers (docs/internals/runtime.md).
struct BlockId {
  enum class Kind { partition, shuffle, received, checkpoint, state };
  Kind kind = Kind::partition;
  std::int64_t owner = 0;   ///< RDD, shuffle or stream.
  std::int64_t first = 0;   ///< Partition, or map partition.
  std::int64_t second = 0;  ///< Reduce partition.
  friend auto operator<=>(const BlockId&, const BlockId&) = default;
};

/// Keeps blocks within the memory budget: beyond it the longest untouched are written to files, or
/// dropped where their level says so.
///
/// A block that someone still reads stays in memory until they let go of it, and stays charged.
/// Thread safety: all methods may be called concurrently.
class BlockStore {
 public:
  /// `directory`, which is not there, is made when the first block is written, for this user only,
  /// and removed with the store; by the process that made it, not by one that it forked.
  BlockStore(MemoryBudget& memory, FileSystem& files, std::string directory);
  ~BlockStore();

  /// Stores a block, in place of an earlier one of that name. May write other blocks to disk.
  /// `codec` lives as long as the store; null where the records have no byte form: such a block
  /// stays in memory.
  /// Errors: those of make_room(), and then the block is there all the same; for a block of level
  ///         disk, those of its file, and then it is not.
  Status put(BlockId id, std::shared_ptr<const Block> block, StorageLevel level,
             const BlockCodec* codec);
  /// The block; null where there is none (never stored, dropped, removed).
  /// Errors: data_loss when its file does not hold what was written.
  Result<std::shared_ptr<const Block>> get(const BlockId& id);
  [[nodiscard]] bool contains(const BlockId& id) const;
  void remove(const BlockId& id);
  /// Removes all blocks of an RDD, shuffle or stream.
  void remove_all(BlockId::Kind kind, std::int64_t owner);

  /// Writes blocks to disk, or drops them, until the memory budget is kept or none is left that
  /// could go. Errors: those of the file system; the block that could not be written stays.
  Status make_room();

  /// Removes what lies on disk, and has nothing written any more: for the end of a process that
  /// does not wait for its tasks. Blocks that only lie on disk can't be had then (cancelled). Does
  /// nothing in a forked process. Errors: those of the file system.
  Status abandon_disk();

  /// Bytes written to disk since the start.
  [[nodiscard]] std::int64_t spilled_bytes() const;
  [[nodiscard]] std::size_t block_count() const;

 private:
  struct Entry {
    std::shared_ptr<const Block> block;  ///< Null when only on disk.
    StorageLevel level = StorageLevel::none;
    const BlockCodec* codec = nullptr;
    std::string file;  ///< Empty when only in memory.
    std::uint64_t file_hash = 0;
    std::list<BlockId>::iterator recent;  ///< In recent_, or in away_ where block is null.
  };
  using Entries = std::map<BlockId, Entry>;

  Status write_out(const BlockId& id, const Block& block, Entry* out);
  Status remove_directory();
  void erase(Entries::iterator entry);

  MemoryBudget& memory_;
  FileSystem& files_;
  const std::string directory_;
  std::shared_mutex disk_mutex_;  ///< Shared by who writes a file. Taken before mutex_.
  bool disk_abandoned_ = false;   ///< Under both mutexes.
  mutable std::mutex mutex_;
  Entries entries_;
  std::list<BlockId> recent_;  ///< In memory. Longest untouched first.
  std::list<BlockId> away_;    ///< Only on disk.
  std::int64_t spilled_bytes_ = 0;
  std::int64_t next_file_ = 0;
  bool directory_made_ = false;
  const int process_;  ///< That it was made in.
};

}  // namespace thalweg
