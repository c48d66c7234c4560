// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "thalweg/columnar/records.h"
#include "thalweg/connectors/registry.h"
#include "thalweg/rdd/node.h"

namespace thalweg {

/// Writes the rows of a cursor to a sink.
template <Record T>
Status write_rows(Cursor<T>& rows, SinkWriter& writer) {
  while (true) {
    THALWEG_TRY_ASSIGN(Chunk<T> chunk, rows.next());
    if (chunk.empty()) return {};
    std::vector<T> records;
    records.reserve(chunk.size());
    for (std::size_t i = 0; i < chunk.size(); ++i) records.push_back(chunk[i]);
    THALWEG_TRY_ASSIGN(auto batch, to_batch<T>(records));
    THALWEG_TRY(writer.write(batch));
  }
}

/// A connector's sink as the output of a stream: each batch is an epoch, numbered by its time, each
/// partition a writer. What an earlier run of the program made visible of an epoch is not written
/// again; an epoch that failed because the other side was unavailable is tried again as a whole.
///
/// Thread safety: write() by one thread at a time.
class SinkOutput {
 public:
  using WritePartition =
      std::function<Status(int partition, TaskContext& context, SinkWriter& writer)>;

  /// Errors: throws Error for an unknown connector or options that it refuses.
  SinkOutput(SessionState& session, std::string connector, const OptionTexts& options);

  /// Writes the partitions of `node` as the epoch of the batch at `time`. Errors: throws Error.
  void write(Time time, const std::shared_ptr<AnyNode>& node,
             const WritePartition& write_partition);

  /// Behind the last write(): what the sink keeps back becomes visible.
  Status end();

 private:
  Status write_epoch(SinkEpoch epoch, int attempt, const std::shared_ptr<AnyNode>& node,
                     const WritePartition& write_partition);

  const std::string connector_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace thalweg
