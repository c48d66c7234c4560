// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/columnar/schema.h"
#include "thalweg/common/status.h"

namespace thalweg {

/// What becomes of a record that can't be read. Source: Spark's option "mode".
enum class ParseMode {
  /// A row of nulls with the record's text in the corrupt column, where that column is wanted and
  /// no other is required; else it is rejected.
  permissive,
  drop_malformed,  ///< It is rejected.
  fail_fast,       ///< decode() fails.
};

/// The mode of that name, in capitals or not: "PERMISSIVE", "DROPMALFORMED", "FAILFAST".
/// Errors: invalid_argument.
Result<ParseMode> parse_mode_of(std::string_view name);

/// What can be chosen of reading a format. The defaults are Spark's, but for CSV's escapes and line
/// ends in quotes: these are as in RFC 4180, so that what was written is read again.
struct DecoderOptions {
  ParseMode mode = ParseMode::permissive;
  /// The wanted column, of type text, that takes records which can't be read.
  std::string corrupt_column = "_corrupt_record";

  bool csv_header = false;  ///< A file's first record names its columns; else they are by place.
  std::string csv_separator = ",";  ///< One byte or more.
  char csv_quote = '"';             ///< 0: none.
  char csv_escape = '"';            ///< Stands before a quote, or itself, within quotes.
  char csv_comment = 0;             ///< Lines that begin with it are skipped. 0: none.
  std::string csv_null_value = {};  ///< A field that reads so, unquoted, is null.
  bool csv_multi_line = true;       ///< Quoted fields may hold line ends.

  std::size_t record_bytes = 0;  ///< Of "binary": the length of each record.
};

/// Bytes that hold whole records, in memory that `owner` keeps alive. Batches may view them.
struct RecordBlock {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

/// A record that could not be read: a slice of its block, and why, for a person.
struct RejectedRecord {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string reason;
};

/// What a block held. Each of its records is either a row or rejected.
struct Decoded {
  Batch batch;
  std::vector<RejectedRecord> rejected;
};

/// Turns the bytes of one file, or of a part of it, into rows. One thread.
class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;

  /// How many bytes at the start of `bytes` are whole records. `last`: nothing comes behind them,
  /// so that all are. The bytes begin where a record begins.
  [[nodiscard]] virtual std::size_t whole_records(std::string_view bytes, bool last) const = 0;

  /// True where a record ends at each '\n' and nowhere else, so that a file can be read in parts
  /// from any line on.
  [[nodiscard]] virtual bool is_line_wise() const { return true; }

  /// True when nothing can be decoded before the file's first record was seen: the header of CSV.
  /// decode() takes it from the first block it gets; a decoder that begins elsewhere in the file
  /// has to be given it by read_head().
  [[nodiscard]] virtual bool needs_head() const { return false; }
  /// Takes what is needed of the file's first bytes, which hold at least its first record.
  /// Errors: invalid_argument for a header that lacks a wanted column.
  virtual Status read_head(std::string_view) { return {}; }

  /// The rows of a block of whole records; the blocks come in the file's order.
  ///
  /// Errors: invalid_argument for a malformed record in the mode fail_fast, with its offset in the
  ///         block and an excerpt; for a block of 2 GiB or more; for what makes the whole file
  ///         unreadable.
  virtual Result<Decoded> decode(const RecordBlock& block) = 0;

  /// The rows of texts that are a record each, as the values of messages are: of "json" and of
  /// "csv" without a header. A rejected one's offset is its place among them.
  ///
  /// Errors: as decode(); unsupported for other formats.
  virtual Result<Decoded> decode_each(std::span<const std::string_view> records);
};

/// The decoder of "text", "json", "csv" or "binary". `wanted`: the columns that are made, in that
/// order, and what is asked of their values.
///
/// - text: a line is a row; one column of text.
/// - json: a line is an object; its fields are found by name, the last of two with one name counts,
///   as in Spark. Fields that are not wanted are skipped without a look at their values. A missing
///   field is null. A column of text takes the JSON text of a value that is none. Lines with
///   nothing but white space are no records, nor is a byte order mark.
///   Loaded from a library of its own (libthalweg_json.so).
/// - csv: RFC 4180 with the options above; two quotes within quotes are one whatever the escape.
///   Values are as in Spark; "" is an empty text. A record with more or fewer fields than columns
///   is malformed. A header may lack columns that are not required: they are null. A quote that is
///   not closed rejects its line.
/// - binary: records of `record_bytes` bytes each; one column of bytes.
///
/// Errors: invalid_argument for another name, or for columns that the format can't have;
///         unsupported where a library can't be loaded.
Result<std::unique_ptr<RecordDecoder>> make_decoder(std::string_view format, const Schema& wanted,
                                                    const DecoderOptions& options = {});

/// What the library of JSON has under the name "thalweg_make_json_decoder".
using MakeJsonDecoder = Status (*)(const Schema& wanted, const DecoderOptions& options,
                                   std::unique_ptr<RecordDecoder>* made);

}  // namespace thalweg
