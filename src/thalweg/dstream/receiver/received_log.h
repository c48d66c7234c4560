// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "thalweg/common/file_system.h"
#include "thalweg/runtime/block_store.h"
#include "thalweg/state/wal/log_reader.h"
#include "thalweg/state/wal/log_writer.h"

namespace thalweg {

/// What a receiver got, on disk before it is acknowledged: one record a block.
///
/// Thread safety: all methods may be called concurrently.
class ReceivedLog {
 public:
  /// Opens the log `name` in a directory. Errors: those of LogWriter.
  static Result<std::shared_ptr<ReceivedLog>> open(std::shared_ptr<FileSystem> files,
                                                   const std::string& directory,
                                                   const std::string& name);

  /// Writes a block; it survives a crash once this returns.
  /// Errors: unsupported where it has no byte form; those of the file system, after which nothing
  ///         more can be written.
  Result<LogPosition> append(const Block& block, std::int64_t records, const BlockCodec* codec);

  /// After append() has failed: begins anew behind what was written whole.
  Status reopen();

  /// The block at a position. Errors: data_loss.
  Result<std::shared_ptr<const Block>> read(const LogPosition& position, const BlockCodec& codec);

  /// Calls `visit(position, records)` for every block that an earlier run wrote behind `after`.
  Status for_each_after(
      const LogPosition& after,
      const std::function<void(const LogPosition& position, std::int64_t records)>& visit);

  /// Removes what lies before the segment of `position`.
  Status remove_before(const LogPosition& position);

 private:
  ReceivedLog(std::shared_ptr<FileSystem> files, std::string directory, std::string name);
  Result<LogReader*> reader();

  const std::shared_ptr<FileSystem> files_;
  const std::string directory_;
  const std::string name_;
  std::mutex mutex_;
  std::unique_ptr<LogWriter> writer_;
  std::unique_ptr<LogReader> reader_;
};

}  // namespace thalweg
