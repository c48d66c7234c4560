// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "thalweg/rdd/context.h"

namespace thalweg {

/// The largest file that is read as one row, decompressed.
inline constexpr std::uint64_t whole_file_bytes_max = std::uint64_t{2} << 30;

/// Each file as one row: its address, and all that is in it, decompressed where it is compressed.
/// `path`: as for Context::text_file(). Files go into about `partitions` partitions (0: as many as
/// the session has threads) by their sizes, in their order. Lists them at once, and reads them in
/// tasks, each into memory, one at a time. Bytes that are not UTF-8 stay as they are.
///
/// Errors: throws Error(not_found) where nothing is there. From actions: invalid_argument for a
/// file
///         above whole_file_bytes_max, those of the file systems. A compressed file that is corrupt
///         is a dead letter with the start of what could be read.
/// Source: Spark's SparkContext.wholeTextFiles.
RDD<std::pair<std::string, std::string>> whole_text_files(const Context& context,
                                                          const std::string& path,
                                                          int partitions = 0);

/// As whole_text_files(), with the bytes of the files as they are, compressed or not.
/// Source: Spark's SparkContext.binaryFiles.
RDD<std::pair<std::string, std::string>> binary_files(const Context& context,
                                                      const std::string& path, int partitions = 0);

}  // namespace thalweg
