// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "thalweg/columnar/formats/record_decoder.h"

namespace thalweg {

/// The rows of one block as they are read, straight into columns. A row becomes one when it is
/// kept; what was put into it before is forgotten otherwise. One thread.
class DecodedRows {
 public:
  DecodedRows(Schema wanted, const DecoderOptions& options);

  [[nodiscard]] const Schema& wanted() const { return wanted_; }
  /// The column that takes what can't be read.
  [[nodiscard]] std::optional<std::size_t> corrupt_column() const { return corrupt_; }

  /// Begins with a block. Errors: invalid_argument for one of 2 GiB or more.
  Status begin(std::size_t block_bytes);

  /// All columns of the next row are null.
  void begin_row() {
    for (auto& column : columns_) {
      column.valid[row_count_] = 0;
      column.numbers[column.is_text ? 0 : row_count_] = 0;
      if (column.is_text) column.offsets[row_count_ + 1] = column.offsets[row_count_];
    }
  }
  /// A boolean (0 or 1), integer, timestamp, or the bits of a float. Put again, a value replaces
  /// the one before.
  void put_number(std::size_t column, std::int64_t value) {
    columns_[column].numbers[row_count_] = value;
    columns_[column].valid[row_count_] = 1;
  }
  void put_text(std::size_t column, std::string_view text) {
    char* to = room_for_text(column, text.size());
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    end_text(column, text.size());
  }
  /// The same, for short texts faster. REQUIRES: 16 bytes behind the text can be read.
  void put_short_text(std::size_t column, const char* text, std::size_t size) {
    char* to = room_for_text(column, size);
    for (std::size_t copied = 0; copied < size; copied += slack_bytes) {
      std::memcpy(to + copied, text + copied, slack_bytes);
    }
    end_text(column, size);
  }
  void put_null(std::size_t column) {
    Column& target = columns_[column];
    target.valid[row_count_] = 0;
    if (target.is_text) target.offsets[row_count_ + 1] = target.offsets[row_count_];
  }
  /// Where `size` bytes of text can be written; end_text() says how many were.
  char* room_for_text(std::size_t column, std::size_t size) {
    Column& target = columns_[column];
    auto begin = static_cast<std::size_t>(target.offsets[row_count_]);
    if (begin + size + slack_bytes > target.bytes_max) grow_bytes(target, begin + size);
    return target.bytes + begin;
  }
  void end_text(std::size_t column, std::size_t size) {
    Column& target = columns_[column];
    target.offsets[row_count_ + 1] = target.offsets[row_count_] + static_cast<std::int32_t>(size);
    target.valid[row_count_] = 1;
  }

  /// The first required column that the row has no value for.
  [[nodiscard]] std::optional<std::size_t> missing() const {
    for (std::size_t column : required_) {
      if (columns_[column].valid[row_count_] == 0) return column;
    }
    return std::nullopt;
  }
  void keep_row() {
    if (++row_count_ == rows_max_) grow_rows(rows_max_ * 2);
  }

  /// What becomes of a malformed record: see ParseMode. `offset`: of it in its block. Takes the
  /// place of keep_row(). Errors: in the mode fail_fast, always.
  Status reject(std::string_view record, std::size_t offset, std::string reason);

  /// The rows kept and the records rejected since begin().
  Result<Decoded> finish();

 private:
  struct Column {
    bool is_text = false;
    std::uint8_t* valid = nullptr;    ///< A byte a row.
    std::int64_t* numbers = nullptr;  ///< Of a text: one number that nobody reads.
    std::int32_t* offsets = nullptr;
    char* bytes = nullptr;
    std::size_t bytes_max = 0;
    std::size_t usual_bytes = 0;  ///< What the block before needed.
    std::vector<std::uint8_t> valid_rows;
    std::shared_ptr<arrow::ResizableBuffer> number_buffer;
    std::shared_ptr<arrow::ResizableBuffer> offset_buffer;
    std::shared_ptr<arrow::ResizableBuffer> byte_buffer;
  };

  /// So much may be written behind a text.
  static constexpr std::size_t slack_bytes = 16;

  /// What does not fit into memory ends the process, as everywhere.
  static void grow_bytes(Column& column, std::size_t needed);
  void grow_rows(std::size_t rows_max);
  [[nodiscard]] std::shared_ptr<arrow::ArrayData> array_of(std::size_t index);

  const Schema wanted_;
  const ParseMode mode_;
  std::optional<std::size_t> corrupt_;
  bool nulls_are_rows_ = false;
  std::vector<std::size_t> required_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::int64_t ignored_number_ = 0;
  std::vector<Column> columns_;
  std::size_t row_count_ = 0;
  std::size_t rows_max_ = 0;
  std::size_t block_bytes_ = 0;
  std::size_t usual_row_bytes_ = 64;  ///< Of the block before, an eighth less.
  std::vector<RejectedRecord> rejected_;
};

/// Errors: invalid_argument for columns of one name, or a corrupt column that is no text.
Status check_wanted(std::string_view format, const Schema& wanted, const DecoderOptions& options);

/// How many bytes of `bytes` are whole lines.
std::size_t whole_lines(std::string_view bytes, bool last);

/// Errors: invalid_argument for columns or options that make no sense.
Result<std::unique_ptr<RecordDecoder>> make_csv_decoder(const Schema& wanted,
                                                        const DecoderOptions& options);

}  // namespace thalweg
