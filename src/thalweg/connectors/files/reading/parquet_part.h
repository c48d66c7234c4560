// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/connector.h"
#include "thalweg/connectors/files/reading/file_part.h"
#include "thalweg/connectors/files/reading/reading_options.h"

namespace thalweg::files {

/// Reads the row groups of a Parquet file that have their middle in a part of it. Opens the file at
/// the first poll(). The options outlive the reader.
///
/// A position is "group=G;row=R": R rows behind the beginning of row group G; "end" at the end.
///
/// A file that is no Parquet, is corrupt or has other columns is rejected as a whole, with its
/// first `LongLine::dead_letter_bytes_max` bytes; a row group that is corrupt from the rows on that
/// can't be read. In the mode fail_fast both end the batch, and so does a row that lacks a required
/// value.
Result<std::unique_ptr<PartitionReader>> make_parquet_reader(FilePart part, const Position& from,
                                                             const ReadingOptions& reading,
                                                             const ConnectorContext& context);

}  // namespace thalweg::files
