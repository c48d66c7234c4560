// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/file_system.h"
#include "thalweg/state/wal/log_reader.h"

// The bytes of docs/formats/log.md.

namespace thalweg::segments {

inline constexpr std::uint64_t header_bytes = 36;
inline constexpr std::uint64_t frame_header_bytes = 8;

std::string path_of(const std::string& directory, const std::string& name, std::uint64_t number);

/// The numbers of the segments in a directory, in order.
Result<std::vector<std::uint64_t>> list(FileSystem& files, const std::string& directory,
                                        const std::string& name);

/// The bytes a segment begins with. `size_before`: of the segment before, 0 where there is none.
std::string header(std::uint64_t number, std::uint64_t size_before);

/// The size of the segment before, from the first bytes of a segment.
/// Errors: data_loss where they are no header of this segment; unsupported for a newer version.
Result<std::uint64_t> check_header(std::string_view bytes, std::uint64_t number,
                                   const std::string& path);

/// The eight bytes before a record.
std::string frame_header(std::uint64_t number, std::uint64_t offset, std::string_view record);

/// The frame that says: all before me was synced.
std::string sync_mark(std::uint64_t number, std::uint64_t offset);

struct Frame {
  bool is_mark = false;
  std::string_view record;
  std::uint64_t size_bytes = 0;  ///< With its header.
};

/// The frame at `offset` of a segment, where `bytes` are those of the file from there on; nothing
/// where there is no whole frame with the right check.
std::optional<Frame> frame_at(std::uint64_t number, std::uint64_t offset, std::string_view bytes);

/// One segment, read from its beginning.
class Segment {
 public:
  /// `is_last`: a torn tail may be in it.
  static Result<Segment> read(FileSystem& files, std::string path, std::uint64_t number,
                              bool is_last);

  /// The next record, nothing at the end. Its bytes are valid as long as the segment is.
  Result<std::optional<LogRecord>> next();

  /// What is whole of the file, up to what next() has reached.
  [[nodiscard]] std::string_view whole() const { return std::string_view(bytes_).substr(0, at_); }
  [[nodiscard]] const LogTail& dropped() const { return dropped_; }
  /// Of the segment before this one, in bytes; nothing where that is not known.
  [[nodiscard]] std::optional<std::uint64_t> size_before() const { return size_before_; }

 private:
  Segment(std::string path, std::uint64_t number, bool is_last, std::string bytes)
      : path_(std::move(path)), number_(number), is_last_(is_last), bytes_(std::move(bytes)) {}

  Status end_at_damage();

  std::string path_;
  std::uint64_t number_;
  bool is_last_;
  std::string bytes_;
  std::uint64_t at_ = 0;
  std::optional<std::uint64_t> size_before_;
  LogTail dropped_;
};

}  // namespace thalweg::segments
