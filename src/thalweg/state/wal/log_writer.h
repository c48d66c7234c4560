// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "thalweg/common/file_system.h"
#include "thalweg/state/wal/log_position.h"

namespace thalweg {

struct LogOptions {
  /// What the names of the files begin with. Two logs in one directory have two names.
  std::string name = "log";
  /// A segment that would grow beyond this is ended, and a new one begun. A record larger than this
  /// has a segment of its own.
  std::uint64_t segment_bytes_max = std::uint64_t{64} << 20;
};

/// The end of a log that a crash cut off: bytes behind the last whole record that were never
/// reported as synced.
struct LogTail {
  std::string path;                 ///< The file; empty where nothing was cut off.
  std::uint64_t offset = 0;         ///< Where the cut-off bytes began.
  std::uint64_t bytes_dropped = 0;  ///< 0 where nothing was cut off.
};

/// Appends records to a log: a directory of numbered segments, docs/formats/log.md.
///
///     THALWEG_TRY_ASSIGN(auto log, LogWriter::open(files, "/data/app/log"));
///     THALWEG_TRY_ASSIGN(auto position, log->append(record));
///     THALWEG_TRY(log->sync());   // The record survives a power cut from here.
///
/// After a failure of append() or sync() nothing is known of the bytes that were not synced, and a
/// second sync() could succeed without having written them. So every later call returns that same
/// failure, and the caller opens a new writer, which sees what is really there.
///
/// The destructor does not sync. One writer for a log at a time: the caller sees to it
/// (CheckpointDirectory has a lock).
///
/// Thread safety: one thread at a time.
class LogWriter {
 public:
  static constexpr std::uint32_t record_bytes_max = std::uint32_t{1} << 30;

  /// Creates the directory where it is missing, cuts off what a crash left of an unfinished record,
  /// makes all records that are left durable, and begins a new segment; files of earlier writers
  /// are never appended to. Costs a read and a write of the last segment.
  ///
  /// `files` must outlive the writer.
  /// Errors: data_loss when the last segment is damaged elsewhere; unsupported when a newer version
  ///         wrote it; those of the file system.
  static Result<std::unique_ptr<LogWriter>> open(FileSystem& files, const std::string& directory,
                                                 LogOptions options = {});
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  ~LogWriter();

  /// Writes a record behind all others. It is there for other readers at once, and survives a power
  /// cut after the next sync(). May be empty.
  /// Errors: invalid_argument above record_bytes_max, which changes nothing; those of the file
  ///         system.
  Result<LogPosition> append(std::string_view record);

  /// All records appended so far survive a power cut once this returns. One fsync; none where
  /// nothing was appended since the last.
  Status sync();

  /// Removes the segments before `segment`, the oldest first, but never the one being written.
  /// Errors: those of the file system; they do not end the writer.
  Status remove_before(std::uint64_t segment);

  /// The number of the segment being written: all records to come lie there or later.
  [[nodiscard]] std::uint64_t segment() const;

  /// What open() cut off.
  [[nodiscard]] const LogTail& dropped() const;

 private:
  class Impl;
  explicit LogWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace thalweg
