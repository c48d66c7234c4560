// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

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

/// Where a file has been read to its end.
inline constexpr std::string_view end_of_file = "end";

}  // namespace thalweg::files
