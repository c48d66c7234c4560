// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "thalweg/common/ids.h"
#include "thalweg/rdd/node.h"
#include "thalweg/rdd/partitioner.h"

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

  /// What `map_partition` wrote for `reduce_partition`, or null where it had nothing for it.
  /// Errors: unavailable where it is lost, which is noted in the context.
  Result<std::shared_ptr<const Block>> read(int map_partition, int reduce_partition,
                                            TaskContext& context) const;
  /// What all map partitions wrote for one reduce partition, in their order, without the nulls.
  Result<BlockList> read_all(int reduce_partition, TaskContext& context) const;

  /// Held by the job that runs the map stage, so that another waits in place of doing it again.
  std::mutex& run_mutex() { return run_mutex_; }

 protected:
  [[nodiscard]] SessionState& session() const { return map_node_->session(); }
  /// Stores a block for each reduce partition; null for nothing.
  Status put_all(int map_partition, BlockList blocks, const BlockCodec* codec);

 private:
  void note_lost(int map_partition, TaskContext& context) const;
  std::size_t place(int map_partition, int reduce_partition) const {
    return static_cast<std::size_t>(map_partition) *
               static_cast<std::size_t>(reduce_partition_count_) +
           static_cast<std::size_t>(reduce_partition);
  }

  const ShuffleId id_;
  std::shared_ptr<AnyNode> map_node_;
  const int reduce_partition_count_;
  std::mutex run_mutex_;
  mutable std::mutex mutex_;
  std::vector<char> written_;
  std::vector<char> ever_written_;
  std::vector<char> filled_;  ///< By place().
};

/// A shuffle in shared ownership.
std::shared_ptr<AnyShuffle> own_shuffle(AnyShuffle* shuffle);

/// A shuffle, made. As make_node().
template <typename Shuffle, typename... Arguments>
std::shared_ptr<Shuffle> make_shuffle(Arguments&&... arguments) {
  return std::static_pointer_cast<Shuffle>(
      own_shuffle(new Shuffle(std::forward<Arguments>(arguments)...)));
}

/// A shuffle whose blocks hold rows of type Row.
template <typename Row>
class Shuffle : public AnyShuffle {
 public:
  using AnyShuffle::AnyShuffle;
};

/// Sends each row, unchanged, to the partition that `route` names.
///
/// Route: `int operator()(const T& row, std::int64_t index) const`, index counting the rows of the
/// map partition from 0; it depends on these two and the map partition only.
template <typename T, typename Route>
class RoutedShuffle final : public Shuffle<T> {
 public:
  RoutedShuffle(std::shared_ptr<RddNode<T>> map_node, int reduce_partition_count, Route route)
      : Shuffle<T>(map_node, reduce_partition_count),
        map_node_(*map_node),
        route_(std::move(route)) {}

  Status write(int map_partition, TaskContext& context) override {
    THALWEG_TRY_ASSIGN(auto cursor, map_node_.open(map_partition, context));
    std::vector<std::shared_ptr<RowBlock<T>>> blocks(
        static_cast<std::size_t>(this->reduce_partition_count()));
    std::int64_t index = 0;
    while (true) {
      THALWEG_TRY_ASSIGN(Chunk<T> chunk, cursor->next());
      if (chunk.empty()) break;
      ChunkScope<T> scope;
      std::size_t i = 0;
      try {
        for (; i < chunk.size(); ++i, ++index) {
          auto& block = blocks[static_cast<std::size_t>(route_(map_partition, index, chunk[i]))];
          if (block == nullptr) block = make_block<T>();
          block->append_from(chunk, i);
        }
      } catch (...) {
        return user_failure(map_node_, record_excerpt(chunk[i]));
      }
    }
    return this->put_all(map_partition, BlockList(blocks.begin(), blocks.end()), row_codec<T>());
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
