// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "thalweg/columnar/batch.h"
#include "thalweg/common/status.h"

namespace thalweg {

/// Turns batches into the bytes of one file. The batches have the same columns. One thread.
class BatchEncoder {
 public:
  virtual ~BatchEncoder() = default;
  /// Appends to `out` what of the batch, and of those before, can be written now.
  /// Errors: unsupported for a type that Thalweg does not read; invalid_argument for columns that
  ///         the format can't hold, or that differ from those of the first batch.
  virtual Status append(const Batch& batch, std::string& out) = 0;
  /// Appends the rest. Nothing may be appended after it.
  virtual Status finish(std::string& out) = 0;
};

/// What can be chosen of a format.
struct EncoderOptions {
  bool csv_header = true;  ///< The columns' names are the first line of a CSV file.
};

/// The encoder of "text", "json", "csv" or "parquet".
///
/// - text: a row a line, as print() has it; one column bare.
/// - json: a row a line, an object. Null is left out; what JSON has no number for ("NaN",
///   "Infinity", "-Infinity") is text; bytes are base64; text that is not UTF-8 has U+FFFD where it
///   is not.
/// - csv: RFC 4180 with '\n'. Null is empty, an empty text "".
/// - parquet: with snappy. Loaded from a library of its own (libthalweg_parquet.so).
///
/// Errors: invalid_argument for another name; unsupported where Parquet can't be loaded.
Result<std::unique_ptr<BatchEncoder>> make_encoder(std::string_view format,
                                                   const EncoderOptions& options = {});

/// The end of the names of files of that format: ".json".
std::string_view extension_of_format(std::string_view format);

/// A block of lines as a batch with one column, "value"; another batch as it is.
Result<Batch> in_columns(const Batch& batch);

/// One row as JSON, for people. REQUIRES: the row exists.
std::string row_as_json(const Batch& batch, std::size_t row);

/// What the library of Parquet has under the name "thalweg_make_parquet_encoder".
using MakeParquetEncoder = Status (*)(std::unique_ptr<BatchEncoder>* made);

}  // namespace thalweg
