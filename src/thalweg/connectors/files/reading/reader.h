// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/connector.h"
#include "thalweg/connectors/files/reading/file_part.h"
#include "thalweg/connectors/files/reading/reading_options.h"

namespace thalweg::files {

/// Reads the records of a file, or of a part of one. Opens it at the first poll(). The options
/// outlive the reader.
///
/// A position is "offset=N;row=R": R rows behind those of the bytes before N, of what is in the
/// file once it is decompressed; "end" at its end. Of Parquet: see make_parquet_reader().
Result<std::unique_ptr<PartitionReader>> make_reader(FilePart part, const Position& from,
                                                     const ReadingOptions& reading,
                                                     const ConnectorContext& context);

/// The same of a file that is open, plain, and followed while it grows: from an offset on, up to
/// the one that stop_at() gives. Positions are those of a FollowPosition.
std::unique_ptr<PartitionReader> make_follower(std::shared_ptr<ReadableFile> file,
                                               std::string address, std::uint64_t from,
                                               const ReadingOptions& reading,
                                               const ConnectorContext& context);

/// True where large files of the format can be read in parts.
/// Errors: invalid_argument for an unknown format, or columns that it can't have; unsupported where
///         its library is missing.
Result<bool> check_format(const ReadingOptions& reading, const ConnectorContext& context);

}  // namespace thalweg::files
