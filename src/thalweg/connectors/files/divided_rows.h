// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/common/status.h"

namespace thalweg::files {

/// The rows of a batch that belong into one directory.
struct DividedRows {
  std::string directory;  ///< "day=2026-11-22/country=DE".
  Batch rows;             ///< In their order, without the columns that the directory has.
};

/// Divides a batch by the values of `columns`, the directories in the order in which they first
/// come. Times are as in JSON; null and an empty text are null_directory.
///
/// Errors: invalid_argument for a column that the batch lacks, for lines of text, and where no
///         column is left for the files; unsupported for a type that Thalweg does not read.
Result<std::vector<DividedRows>> divide_by_directories(const Batch& batch,
                                                       const std::vector<std::string>& columns);

/// "a,b" and "a, b" as names. Errors: invalid_argument for an empty one, or one that comes twice.
Result<std::vector<std::string>> partition_columns_of(std::string_view text);

}  // namespace thalweg::files
