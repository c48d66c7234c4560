// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "thalweg/connectors/connector.h"

namespace thalweg::files {

/// A file that a source hands out, or a part of one: what a partition of the source is.
struct FilePart {
  std::string address;           ///< With its scheme: "s3://bucket/in/a.json".
  std::uint64_t size_bytes = 0;  ///< Of the whole file, when it was found.
  Time modified;                 ///< When it was found.
  std::uint64_t begin = 0;       ///< The part is the records that start in [begin, end).
  std::uint64_t end = 0;

  [[nodiscard]] bool is_whole() const { return begin == 0 && end == size_bytes; }
  friend bool operator==(const FilePart&, const FilePart&) = default;
};

/// "ADDRESS;size=10;modified=1700000000000000", and for a part ";bytes=0-4" behind it.
Partition to_partition(const FilePart& part);
/// Errors: data_loss.
Result<FilePart> file_part_of(const Partition& partition);

/// Where a reader of a file begins again: so many rows behind the beginning of a unit of it, a
/// block or a row group.
struct RowPlace {
  std::uint64_t unit = 0;  ///< Its offset, or its number.
  std::size_t rows = 0;    ///< Of the unit, that were read.
};

/// "offset=512;row=3", where `unit` is "offset".
Position to_position(std::string_view unit, const RowPlace& place);
/// An empty position is the beginning. `file`: what the place is in, for messages: "a file".
/// Errors: data_loss.
Result<RowPlace> row_place_of(std::string_view unit, const Position& position,
                              std::string_view file);

/// Where a file has been read to its end.
inline constexpr std::string_view end_of_file = "end";

}  // namespace thalweg::files
