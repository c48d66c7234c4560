// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "thalweg/runtime/session.h"

namespace thalweg {

/// Runs of sorted rows, each a row of pieces in the session's block store, which writes them to
/// disk when memory is short. A piece is read once, and is gone then; what was not read goes with
/// this.
///
/// One thread.
class RunBlocks {
 public:
  explicit RunBlocks(SessionState& session);
  RunBlocks(const RunBlocks&) = delete;
  RunBlocks& operator=(const RunBlocks&) = delete;
  ~RunBlocks();

  /// What a piece should take, in bytes: so little that one of each run fits into a task's share of
  /// memory as long as there are no more than a hundred runs.
  [[nodiscard]] std::size_t piece_bytes() const { return piece_bytes_; }

  void begin_run() { runs_.emplace_back(); }
  /// Appends a piece to the run that was begun last. Errors: those of BlockStore::put().
  Status put(std::shared_ptr<const Block> piece, const BlockCodec* codec);

  [[nodiscard]] std::size_t run_count() const { return runs_.size(); }
  /// The next piece of a run; null at its end.
  /// Errors: those of BlockStore::get(); unavailable where the piece is gone.
  Result<std::shared_ptr<const Block>> take(std::size_t run);

 private:
  struct Run {
    std::int64_t written = 0;  ///< Pieces.
    std::int64_t taken = 0;
  };

  [[nodiscard]] BlockId block_id(std::size_t run, std::int64_t piece) const;

  SessionState& session_;
  const std::int64_t owner_;
  const std::size_t piece_bytes_;
  std::vector<Run> runs_;
};

}  // namespace thalweg
