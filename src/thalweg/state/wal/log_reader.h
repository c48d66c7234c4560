// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "thalweg/common/file_system.h"
#include "thalweg/state/wal/log_position.h"
#include "thalweg/state/wal/log_writer.h"

namespace thalweg {

struct LogRecord {
  LogPosition position;
  std::string_view bytes;  ///< Valid until the reader's next call.
};

/// Reads a log: every record in the order in which they were appended, or one by its position.
/// Holds one segment in memory. Changes nothing on disk; what it reads may have been written but
/// not synced, and is durable once a LogWriter has opened the log.
///
/// Damage is never taken for an end: only where nothing behind the damaged place says that it was
/// synced, in the last segment, the rest is a torn tail (docs/formats/log.md).
///
/// Thread safety: one thread at a time.
class LogReader {
 public:
  /// Looks up which segments there are; later ones are not seen by next(). `files` must outlive the
  /// reader.
  /// Errors: not_found without such a directory; data_loss when a segment between others is
  ///         missing; those of the file system.
  static Result<std::unique_ptr<LogReader>> open(FileSystem& files, const std::string& directory,
                                                 const std::string& name = LogOptions().name);
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;
  ~LogReader();

  /// The next record, nothing at the end.
  /// Errors: data_loss with path and offset; unsupported for a newer version, naming both; those of
  ///         the file system. A failure stays: every later call returns it.
  Result<std::optional<LogRecord>> next();

  /// What was cut off at the end; known when next() has returned nothing.
  [[nodiscard]] const LogTail& dropped() const;

  /// The record at a position that append() or next() gave, whatever next() has reached.
  /// Errors: data_loss with path and offset when it is not there, or not as it was written.
  Result<std::string> read(const LogPosition& position);

 private:
  class Impl;
  explicit LogReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace thalweg
