// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/spilling/run_blocks.h"

#include <algorithm>
#include <string>

#include "thalweg/rdd/shuffle.h"

namespace thalweg {
namespace {

constexpr std::int64_t pieces_of_share = 128;
constexpr std::int64_t piece_bytes_min = std::int64_t{16} << 10;
constexpr std::int64_t piece_bytes_max = std::int64_t{4} << 20;

}  // namespace

RunBlocks::RunBlocks(SessionState& session)
    : session_(session),
      owner_(session.next_id()),
      piece_bytes_(static_cast<std::size_t>(std::clamp(task_bytes_max(session) / pieces_of_share,
                                                       piece_bytes_min, piece_bytes_max))) {}

RunBlocks::~RunBlocks() { session_.blocks.remove_all(BlockId::Kind::shuffle, owner_); }

BlockId RunBlocks::block_id(std::size_t run, std::int64_t piece) const {
  return {BlockId::Kind::shuffle, owner_, static_cast<std::int64_t>(run), piece};
}

Status RunBlocks::put(std::shared_ptr<const Block> piece, const BlockCodec* codec) {
  return session_.blocks.put(block_id(runs_.size() - 1, runs_.back().written++), std::move(piece),
                             level_for_tasks(session_), codec);
}

Result<std::shared_ptr<const Block>> RunBlocks::take(std::size_t run) {
  if (runs_[run].taken == runs_[run].written) return std::shared_ptr<const Block>();
  const BlockId id = block_id(run, runs_[run].taken++);
  THALWEG_TRY_ASSIGN(auto piece, session_.blocks.get(id));
  if (piece == nullptr) {
    return Status(ErrorCode::unavailable, "piece " + std::to_string(id.second) + " of sorted run " +
                                              std::to_string(run) +
                                              " is lost; the task makes it again");
  }
  session_.blocks.remove(id);
  return piece;
}

}  // namespace thalweg
