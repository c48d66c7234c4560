// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/shuffle.h"

namespace thalweg {

std::shared_ptr<AnyShuffle> own_shuffle(AnyShuffle* shuffle) {
  return std::shared_ptr<AnyShuffle>(shuffle);
}

AnyShuffle::AnyShuffle(std::shared_ptr<AnyNode> map_node, int reduce_partition_count)
    : id_{map_node->session().next_id()},
      map_node_(std::move(map_node)),
      reduce_partition_count_(reduce_partition_count),
      written_(static_cast<std::size_t>(map_node_->partition_count())),
      ever_written_(written_.size()),
      filled_(written_.size() * static_cast<std::size_t>(reduce_partition_count)) {}

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

Status AnyShuffle::put_all(int map_partition, BlockList blocks, const BlockCodec* codec) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i] == nullptr) continue;
    auto reduce_partition = static_cast<int>(i);
    {
      std::lock_guard lock(mutex_);
      filled_[place(map_partition, reduce_partition)] = 1;
    }
    THALWEG_TRY(
        session().blocks.put({BlockId::Kind::shuffle, id_.value, map_partition, reduce_partition},
                             std::move(blocks[i]), StorageLevel::memory_and_disk, codec));
  }
  return {};
}

Result<BlockList> AnyShuffle::read_all(int reduce_partition, TaskContext& context) const {
  BlockList blocks;
  for (int map = 0; map < map_partition_count(); ++map) {
    if (context.cancelled()) return Status(ErrorCode::cancelled, "the job was stopped");
    THALWEG_TRY_ASSIGN(auto block, read(map, reduce_partition, context));
    if (block != nullptr) blocks.push_back(std::move(block));
  }
  return blocks;
}

void AnyShuffle::note_lost(int map_partition, TaskContext& context) const {
  // What was lost at once is written again at once, not one map partition a round.
  std::lock_guard lock(mutex_);
  for (int map = 0; map < map_partition_count(); ++map) {
    bool lost = map == map_partition;
    for (int reduce = 0; reduce < reduce_partition_count_ && !lost; ++reduce) {
      lost = filled_[place(map, reduce)] &&
             !session().blocks.contains({BlockId::Kind::shuffle, id_.value, map, reduce});
    }
    if (lost) context.lost_outputs.push_back({id_, map});
  }
}

Result<std::shared_ptr<const Block>> AnyShuffle::read(int map_partition, int reduce_partition,
                                                      TaskContext& context) const {
  {
    std::lock_guard lock(mutex_);
    if (!filled_[place(map_partition, reduce_partition)]) return std::shared_ptr<const Block>();
  }
  auto block =
      session().blocks.get({BlockId::Kind::shuffle, id_.value, map_partition, reduce_partition});
  if (block.ok() && block.value() != nullptr) return block;
  note_lost(map_partition, context);
  std::string where = "output of map partition " + std::to_string(map_partition) + " of shuffle " +
                      std::to_string(id_.value) + " is lost";
  return Status(ErrorCode::unavailable,
                block.ok() ? where : where + ": " + std::string(block.status().message()));
}

}  // namespace thalweg
