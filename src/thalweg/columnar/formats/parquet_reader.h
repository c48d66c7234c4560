// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/columnar/schema.h"
#include "thalweg/common/file_system.h"
#include "thalweg/common/status.h"

namespace thalweg {

/// One row group of a Parquet file, read batch by batch. One thread.
class ParquetRows {
 public:
  virtual ~ParquetRows() = default;
  /// The next rows, at most ParquetReader::batch_rows_max; an empty batch at the end.
  /// Errors: as ParquetReader.
  virtual Result<Batch> next() = 0;
};

/// The wanted columns of a Parquet file. Row groups are read by themselves: they are the parts that
/// a file can be divided into.
///
/// Timestamps of any unit and INT96 are read as timestamp_us; integers and floats of any width;
/// a wanted column that is not in the file is null where it is not required. Dictionaries and all
/// of Arrow's codecs are understood.
///
/// Errors: data_loss for a file that is no Parquet, is cut off or corrupt, or of which a page, or
///         the rows of a batch, would take more than expansion_free_bytes and expansion_max times
///         what is stored: a decompression bomb (compression.h); invalid_argument for a required
///         column that the file lacks, and for one of another type; unsupported for a column of a
///         type that Thalweg does not read (decimals, dates, nested ones), and for an encrypted
///         file; those of the file. Each with the file's name.
/// Thread safety: read_group() may be called concurrently.
class ParquetReader {
 public:
  /// Rows of one batch.
  static constexpr std::int64_t batch_rows_max = 1 << 16;

  virtual ~ParquetReader() = default;
  [[nodiscard]] virtual int group_count() const = 0;
  /// Rows, and bytes before they were compressed, of one group. REQUIRES: group < group_count().
  [[nodiscard]] virtual std::int64_t group_rows(int group) const = 0;
  [[nodiscard]] virtual std::int64_t group_bytes(int group) const = 0;
  /// The reader must outlive what is returned. REQUIRES: group < group_count().
  virtual Result<std::unique_ptr<ParquetRows>> read_group(int group) = 0;
};

/// Opens a file; reads its end, which says what is in it. `wanted`: the columns that batches have,
/// in that order; all of the file's where it is empty. `name`: for messages. Loaded from a library
/// of its own (libthalweg_parquet.so).
///
/// Errors: as ParquetReader; unsupported where Parquet can't be loaded.
Result<std::unique_ptr<ParquetReader>> open_parquet(std::shared_ptr<ReadableFile> file,
                                                    std::string name, const Schema& wanted);

/// True for the errors of a ParquetReader that the file itself is to blame for, and not the way to
/// it.
bool blames_file(const Status& status);

/// Errors: unsupported where Parquet can't be loaded.
Status check_parquet();

/// The row groups that belong to the part [begin, end) of a file of `size_bytes`: those that have
/// their middle in it, by their bytes. Each belongs to one of the parts that a file is divided
/// into.
std::vector<int> groups_between(const ParquetReader& reader, std::uint64_t size_bytes,
                                std::uint64_t begin, std::uint64_t end);

/// What the library of Parquet has under the name "thalweg_open_parquet".
using OpenParquet = Status (*)(std::shared_ptr<ReadableFile> file, std::string name,
                               const Schema& wanted, std::unique_ptr<ParquetReader>* opened);

}  // namespace thalweg
