// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "thalweg/rdd/node.h"
#include "thalweg/rdd/partitioner.h"
#include "thalweg/runtime/ids.h"

namespace thalweg {

/// The boundary between two stages: each partition of the map side writes one block for each
/// partition of the reduce side. Output lives as long as the shuffle, so a stage runs once however
/// many jobs read it.
///
/// Thread safety: all methods may be called concurrently; write() for different map partitions.
class AnyShuffle {
 public:
  AnyShuffle(std::shared_ptr<AnyNode> map_node, int reduce_partition_count);
  virtual ~AnyShuffle();
  AnyShuffle(const AnyShuffle&) = delete;
  AnyShuffle& operator=(const AnyShuffle&) = delete;

  [[nodiscard]] ShuffleId id() const { return id_; }
  [[nodiscard]] const std::shared_ptr<AnyNode>& map_node() const { return map_node_; }
  [[nodiscard]] int map_partition_count() const { return map_node_->partition_count(); }
  [[nodiscard]] int reduce_partition_count() const { return reduce_partition_count_; }

  /// Runs one map task: reads the partition, divides it, stores the blocks.
  virtual Status write(int map_partition, TaskContext& context) = 0;

  /// Map partitions whose output is not there.
  [[nodiscard]] std::vector<int> missing() const;
  /// True the first time a map partition is finished: only then do its counts count.
  bool mark_written(int map_partition);
  void mark_lost(int map_partition);

  /// What all map partitions wrote for one reduce partition, in their order. ShuffleReader holds
  /// one block at a time. Errors: those of ShuffleReader::next().
  Result<BlockList> read_all(int reduce_partition, TaskContext& context) const;

  /// Held by the job that runs the map stage, so that another waits in place of doing it again.
  std::mutex& run_mutex() { return run_mutex_; }

 protected:
  [[nodiscard]] SessionState& session() const { return map_node_->session(); }

 private:
  friend class ShuffleOutput;
  friend class ShuffleReader;

  /// Blocks that a map task stored at once: its number, and which reduce partitions have one.
  struct Piece {
    std::int64_t number;
    std::vector<char> filled;  ///< By reduce partition.
  };
  /// All that a map task stored, in its order.
  using Pieces = std::vector<Piece>;

  void note_lost(int map_partition, TaskContext& context) const;
  [[nodiscard]] BlockId block_id(int map_partition, int reduce_partition, const Piece& piece) const;
  [[nodiscard]] std::shared_ptr<const Pieces> pieces(int map_partition) const;
  void remove(int map_partition, const Pieces& pieces) const;

  const ShuffleId id_;
  std::shared_ptr<AnyNode> map_node_;
  const int reduce_partition_count_;
  std::mutex run_mutex_;
  mutable std::mutex mutex_;
  std::vector<char> written_;
  std::vector<char> ever_written_;
  std::vector<std::shared_ptr<const Pieces>> pieces_;  ///< By map partition; null before the first.
  std::int64_t next_piece_ = 0;
};

/// What a task may hold before it writes it out, in bytes: a quarter of the session's memory for
/// all of its threads.
std::int64_t task_bytes_max(const SessionState& session);

/// Where blocks go that a task writes for another: to disk at once while memory is short but for
/// what tasks may hold. Blocks that are written out later, one by one, leave holes in the pages
/// where their rows lay beside those of others.
StorageLevel level_for_tasks(const SessionState& session);

/// What one run of a map task writes: a block for each reduce partition, and more than one where
/// they outgrow the task's share of memory. Nobody reads any of it before it is finished; what is
/// not finished leaves nothing behind.
///
/// One thread.
class ShuffleOutput {
 public:
  /// `codec`: of the blocks. Lives no longer than the shuffle.
  ShuffleOutput(AnyShuffle& shuffle, int map_partition, const BlockCodec* codec);
  ShuffleOutput(const ShuffleOutput&) = delete;
  ShuffleOutput& operator=(const ShuffleOutput&) = delete;
  ~ShuffleOutput();

  /// The block that rows for a reduce partition go to; null where it has none yet.
  std::shared_ptr<Block>& block(std::size_t reduce_partition) { return blocks_[reduce_partition]; }

  /// To be called after each chunk: accounts for the blocks, and stores them once they take more
  /// than the task's share. Errors: those of BlockStore::put().
  Status end_chunk() { return ++chunks_ % charged_chunks == 0 ? charge() : Status(); }
  /// Stores the blocks; rows that follow go to others. Errors: those of BlockStore::put().
  Status store();
  /// Stores the rest and shows it to readers, in place of what an earlier run wrote. The last call.
  /// Errors: those of store().
  Status finish();

 private:
  /// What was routed is added up so often.
  static constexpr int charged_chunks = 16;

  Status charge();

  AnyShuffle& shuffle_;
  const int map_partition_;
  const BlockCodec* codec_;
  std::vector<std::shared_ptr<Block>> blocks_;
  AnyShuffle::Pieces pieces_;
  MemoryCharge charge_;
  int chunks_ = 0;
};

/// Reads what all map partitions wrote for one reduce partition, block by block, in their order.
///
/// One thread; lives no longer than the shuffle and the context.
class ShuffleReader {
 public:
  ShuffleReader(const AnyShuffle& shuffle, int reduce_partition, TaskContext& context);

  /// The next block; null at the end.
  /// Errors: unavailable where it is lost, which is noted in the context; cancelled.
  Result<std::shared_ptr<const Block>> next();

 private:
  const AnyShuffle& shuffle_;
  const int reduce_partition_;
  TaskContext& context_;
  int map_partition_ = -1;
  std::shared_ptr<const AnyShuffle::Pieces> pieces_;
  std::size_t next_piece_ = 0;
};

/// A shuffle in shared ownership.
std::shared_ptr<AnyShuffle> own_shuffle(AnyShuffle* shuffle);

/// A shuffle whose blocks hold rows of type T.
template <typename T>
class Shuffle : public AnyShuffle {
 public:
  using Row = T;
  using AnyShuffle::AnyShuffle;
};

/// A shuffle whose blocks hold rows of type T, in shared ownership.
template <typename T>
using ShufflePointer = SharedAs<Shuffle<T>, AnyShuffle>;

/// A shuffle, made. As make_node().
template <typename Made, typename... Arguments>
ShufflePointer<typename Made::Row> make_shuffle(Arguments&&... arguments) {
  static_assert(std::derived_from<Made, Shuffle<typename Made::Row>>);
  return ShufflePointer<typename Made::Row>(
      own_shuffle(new Made(std::forward<Arguments>(arguments)...)));
}

/// Sends each row, unchanged, to the partition that `route` names.
///
/// Route: `int operator()(const T& row, std::int64_t index) const`, index counting the rows of the
/// map partition from 0; it depends on these two and the map partition only.
template <typename T, typename Route>
class RoutedShuffle final : public Shuffle<T> {
 public:
  RoutedShuffle(NodePointer<T> map_node, int reduce_partition_count, Route route)
      : Shuffle<T>(map_node, reduce_partition_count),
        map_node_(*map_node),
        route_(std::move(route)) {}

  Status write(int map_partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto cursor, map_node_.open(map_partition, context));
    ShuffleOutput output(*this, map_partition, row_codec<T>());
    std::int64_t index = 0;
    while (true) {
      THALWEG_TRY_ASSIGN(Chunk<T> chunk, cursor->next());
      if (chunk.empty()) break;
      ChunkScope<T> scope;
      std::size_t i = 0;
      try {
        for (; i < chunk.size(); ++i, ++index) {
          auto& block =
              output.block(static_cast<std::size_t>(route_(map_partition, index, chunk[i])));
          if (block == nullptr) block = make_block<T>();
          block_of<T>(*block).append_from(chunk, i);
        }
      } catch (...) {
        return user_failure(map_node_, record_excerpt(chunk[i]));
      }
      THALWEG_TRY(output.end_chunk());
    }
    return output.finish();
  }

 private:
  RddNode<T>& map_node_;
  const Route route_;
};

/// Routes pairs by their key.
template <typename K>
class KeyRoute {
 public:
  explicit KeyRoute(std::shared_ptr<const Partitioner<K>> partitioner)
      : partitioner_(std::move(partitioner)) {}
  template <typename V>
  int operator()(int, std::int64_t, const std::pair<K, V>& row) const {
    return partitioner_->place(row.first, RecordTraits<K>::hash(row.first));
  }

 private:
  std::shared_ptr<const Partitioner<K>> partitioner_;
};

}  // namespace thalweg
