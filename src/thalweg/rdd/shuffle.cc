// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/shuffle.h"

#include <algorithm>

namespace thalweg {
namespace {

/// What all tasks together may hold: a quarter of the session's memory.
constexpr std::int64_t parts_of_limit = 4;

}  // namespace

std::shared_ptr<AnyShuffle> own_shuffle(AnyShuffle* shuffle) {
  return std::shared_ptr<AnyShuffle>(shuffle);
}

AnyShuffle::AnyShuffle(std::shared_ptr<AnyNode> map_node, int reduce_partition_count)
    : id_{map_node->session().next_id()},
      map_node_(std::move(map_node)),
      reduce_partition_count_(reduce_partition_count),
      written_(static_cast<std::size_t>(map_node_->partition_count())),
      ever_written_(written_.size()),
      pieces_(written_.size()) {}

AnyShuffle::~AnyShuffle() {
  session().blocks.remove_all(BlockId::Kind::shuffle, id_.value);
  release_chain(std::move(map_node_));
}

std::vector<int> AnyShuffle::missing() const {
  std::lock_guard lock(mutex_);
  std::vector<int> partitions;
  for (std::size_t i = 0; i < written_.size(); ++i) {
    if (!written_[i]) partitions.push_back(static_cast<int>(i));
  }
  return partitions;
}

bool AnyShuffle::mark_written(int map_partition) {
  std::lock_guard lock(mutex_);
  auto index = static_cast<std::size_t>(map_partition);
  written_[index] = 1;
  return !std::exchange(ever_written_[index], 1);
}

void AnyShuffle::mark_lost(int map_partition) {
  std::lock_guard lock(mutex_);
  written_[static_cast<std::size_t>(map_partition)] = 0;
}

BlockId AnyShuffle::block_id(int map_partition, int reduce_partition, const Piece& piece) const {
  return {BlockId::Kind::shuffle, id_.value, map_partition,
          piece.number * reduce_partition_count_ + reduce_partition};
}

std::shared_ptr<const AnyShuffle::Pieces> AnyShuffle::pieces(int map_partition) const {
  std::lock_guard lock(mutex_);
  return pieces_[static_cast<std::size_t>(map_partition)];
}

void AnyShuffle::remove(int map_partition, const Pieces& pieces) const {
  for (const Piece& piece : pieces) {
    for (int reduce = 0; reduce < reduce_partition_count_; ++reduce) {
      if (piece.filled[static_cast<std::size_t>(reduce)]) {
        session().blocks.remove(block_id(map_partition, reduce, piece));
      }
    }
  }
}

Result<BlockList> AnyShuffle::read_all(int reduce_partition, TaskContext& context) const {
  BlockList blocks;
  ShuffleReader reader(*this, reduce_partition, context);
  while (true) {
    THALWEG_TRY_ASSIGN(auto block, reader.next());
    if (block == nullptr) return blocks;
    blocks.push_back(std::move(block));
  }
}

void AnyShuffle::note_lost(int map_partition, TaskContext& context) const {
  // What was lost at once is written again at once, not one map partition a round.
  for (int map = 0; map < map_partition_count(); ++map) {
    bool lost = map == map_partition;
    auto written = pieces(map);
    for (std::size_t i = 0; written != nullptr && i < written->size() && !lost; ++i) {
      const Piece& piece = (*written)[i];
      for (int reduce = 0; reduce < reduce_partition_count_ && !lost; ++reduce) {
        lost = piece.filled[static_cast<std::size_t>(reduce)] &&
               !session().blocks.contains(block_id(map, reduce, piece));
      }
    }
    if (lost) context.lost_outputs.push_back({id_, map});
  }
}

std::int64_t task_bytes_max(const SessionState& session) {
  return session.memory.limit_bytes() / (parts_of_limit * session.executor->worker_count());
}

StorageLevel level_for_tasks(const SessionState& session) {
  const MemoryBudget& memory = session.memory;
  const std::int64_t for_tasks = memory.limit_bytes() / parts_of_limit;
  return memory.used_bytes() > memory.limit_bytes() - for_tasks ? StorageLevel::disk
                                                                : StorageLevel::memory_and_disk;
}

ShuffleOutput::ShuffleOutput(AnyShuffle& shuffle, int map_partition, const BlockCodec* codec)
    : shuffle_(shuffle),
      map_partition_(map_partition),
      codec_(codec),
      blocks_(static_cast<std::size_t>(shuffle.reduce_partition_count())),
      charge_(shuffle.session().memory) {}

ShuffleOutput::~ShuffleOutput() { shuffle_.remove(map_partition_, pieces_); }

Status ShuffleOutput::charge() {
  std::size_t bytes = 0;
  for (const auto& block : blocks_) bytes += block == nullptr ? 0 : block->bytes();
  charge_.resize(static_cast<std::int64_t>(bytes));
  if (charge_.bytes() > task_bytes_max(shuffle_.session())) return store();
  return shuffle_.session().blocks.make_room();
}

Status ShuffleOutput::store() {
  {
    std::lock_guard lock(shuffle_.mutex_);
    pieces_.push_back({shuffle_.next_piece_++, std::vector<char>(blocks_.size())});
  }
  AnyShuffle::Piece& piece = pieces_.back();
  // All or none of them: they lie together.
  const StorageLevel level = level_for_tasks(shuffle_.session());
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i] == nullptr) continue;
    // The store accounts for it from here on.
    auto bytes = static_cast<std::int64_t>(blocks_[i]->bytes());
    charge_.resize(std::max<std::int64_t>(0, charge_.bytes() - bytes));
    piece.filled[i] = 1;
    THALWEG_TRY(
        shuffle_.session().blocks.put(shuffle_.block_id(map_partition_, static_cast<int>(i), piece),
                                      std::move(blocks_[i]), level, codec_));
  }
  charge_.resize(0);
  return {};
}

Status ShuffleOutput::finish() {
  THALWEG_TRY(store());
  auto written = std::make_shared<const AnyShuffle::Pieces>(std::move(pieces_));
  pieces_.clear();
  {
    std::lock_guard lock(shuffle_.mutex_);
    written.swap(shuffle_.pieces_[static_cast<std::size_t>(map_partition_)]);
  }
  // Of an earlier run; who still reads that finds it lost, and is run again.
  if (written != nullptr) shuffle_.remove(map_partition_, *written);
  return {};
}

ShuffleReader::ShuffleReader(const AnyShuffle& shuffle, int reduce_partition, TaskContext& context)
    : shuffle_(shuffle), reduce_partition_(reduce_partition), context_(context) {}

Result<std::shared_ptr<const Block>> ShuffleReader::next() {
  if (context_.cancelled()) return job_stopped();
  while (true) {
    if (pieces_ == nullptr || next_piece_ == pieces_->size()) {
      if (map_partition_ + 1 >= shuffle_.map_partition_count())
        return std::shared_ptr<const Block>();
      pieces_ = shuffle_.pieces(++map_partition_);
      next_piece_ = 0;
      continue;
    }
    const AnyShuffle::Piece& piece = (*pieces_)[next_piece_++];
    if (!piece.filled[static_cast<std::size_t>(reduce_partition_)]) continue;
    auto block =
        shuffle_.session().blocks.get(shuffle_.block_id(map_partition_, reduce_partition_, piece));
    if (block.ok() && block.value() != nullptr) return block;
    shuffle_.note_lost(map_partition_, context_);
    std::string where = "output of map partition " + std::to_string(map_partition_) +
                        " of shuffle " + std::to_string(shuffle_.id().value) + " is lost";
    return Status(ErrorCode::unavailable,
                  block.ok() ? where : where + ": " + std::string(block.status().message()));
  }
}

}  // namespace thalweg
