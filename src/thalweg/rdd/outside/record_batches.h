// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/columnar/schema.h"
#include "thalweg/rdd/nodes/split_blocks.h"

namespace thalweg {

/// The records of one split of a file, batch by batch. What can't be read goes to the dead letters
/// that it was opened with. One thread.
class RecordBatches {
 public:
  virtual ~RecordBatches() = default;
  /// The next rows, valid until the next call; none: the split is over.
  /// Errors: those of the file system and of the decoder; cancelled.
  virtual Result<Batch> next() = 0;
  /// Where in the file a row of the last batch is: "offset=1234;row=2", "group=0;row=65538".
  [[nodiscard]] virtual std::string position_of(std::size_t row) const = 0;
};

/// `format`: "parquet", whose splits have the row groups with their middle in them, or one of
/// make_decoder() in which each line is a record. All that is given must outlive what is returned.
/// Errors: as next(); unsupported where the format can't be loaded.
Result<std::unique_ptr<RecordBatches>> open_record_batches(
    const FileSplit& split, const std::string& format, const Schema& wanted,
    const DecoderOptions& options, TaskContext& context, std::vector<DeadLetter>& letters);

/// Errors: invalid_argument for a format that can't be read by splits, or can't have these columns;
///         unsupported where it can't be loaded.
Status check_record_format(const std::string& format, const Schema& wanted,
                           const DecoderOptions& options);

}  // namespace thalweg
