// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/columnar/schema.h"
#include "thalweg/common/status.h"

namespace thalweg {

/// One column of a batch as plain arrays, so that templates can read it without Arrow's headers.
/// Integers of every width are int64 here, floats are double, timestamps are microseconds.
///
/// The arrays belong to the batch, which must outlive the column, or to `converted`.
/// Thread safety: const methods may be called concurrently. REQUIRES: row < row_count.
struct Column {
  Type type = Type::int64;
  std::size_t row_count = 0;
  /// Where row 0 is in the arrays below.
  std::size_t first = 0;
  /// One bit a row, set where there is a value. Null when no row is null.
  const std::uint8_t* validity = nullptr;
  /// int64, double, a bit a row (boolean), or the bytes of all texts.
  const void* values = nullptr;
  /// Where each text begins, and where the last one ends. Null for other types.
  const std::int32_t* offsets = nullptr;
  std::shared_ptr<const void> converted;

  [[nodiscard]] bool is_null(std::size_t row) const {
    return validity != nullptr && !bit(validity, first + row);
  }
  /// Of int64 and timestamp_us.
  [[nodiscard]] std::int64_t integer(std::size_t row) const {
    return static_cast<const std::int64_t*>(values)[first + row];
  }
  /// Of float64.
  [[nodiscard]] double real(std::size_t row) const {
    return static_cast<const double*>(values)[first + row];
  }
  /// Of boolean.
  [[nodiscard]] bool truth(std::size_t row) const {
    return bit(static_cast<const std::uint8_t*>(values), first + row);
  }
  /// Of text and bytes. Views the batch's bytes.
  [[nodiscard]] std::string_view text(std::size_t row) const {
    std::int32_t begin = offsets[first + row];
    std::int32_t end = offsets[first + row + 1];
    return {static_cast<const char*>(values) + begin, static_cast<std::size_t>(end - begin)};
  }

 private:
  static bool bit(const std::uint8_t* bits, std::size_t index) {
    return (bits[index / 8] >> (index % 8) & 1) != 0;
  }
};

/// The columns of a batch, in the order of its schema. None of a text batch.
///
/// Errors: unsupported for a type that Thalweg does not read; invalid_argument for a value that
///         does not fit (an unsigned integer, or a timestamp, beyond int64), with column and row.
Result<std::vector<Column>> columns_of(const Batch& batch);

/// The columns' names and types. Of a text batch: one text column, "value".
Result<Schema> schema_of(const Batch& batch);

/// Collects the values of one column. One thread.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(Field field) : field_(std::move(field)) {
    if (is_text()) offsets_.push_back(0);
  }

  /// A boolean (0 or 1), integer or timestamp.
  void append_integer(std::int64_t value) {
    numbers_.push_back(value);
    valid_.push_back(true);
  }
  void append_real(double value) { append_integer(std::bit_cast<std::int64_t>(value)); }
  void append_text(std::string_view value) {
    bytes_.append(value);
    end_text(true);
  }
  void append_null() {
    has_nulls_ = true;
    if (is_text()) {
      end_text(false);
    } else {
      numbers_.push_back(0);
      valid_.push_back(false);
    }
  }
  /// For a value that the column can't hold. build_batch() then fails with `reason`.
  void refuse(std::string_view reason);

 private:
  friend Result<Batch> build_batch(std::vector<ColumnBuilder> columns);

  [[nodiscard]] bool is_text() const {
    return field_.type == Type::text || field_.type == Type::bytes;
  }
  void end_text(bool valid) {
    offsets_.push_back(static_cast<std::int32_t>(bytes_.size()));
    valid_.push_back(valid);
  }

  Field field_;
  bool has_nulls_ = false;
  std::vector<bool> valid_;
  std::vector<std::int64_t> numbers_;
  std::vector<std::int32_t> offsets_;
  std::string bytes_;
  std::string refusal_;
};

/// A batch of the columns. REQUIRES: all have the same number of values.
///
/// Errors: invalid_argument for a refused value, or for more than 2 GiB of text in a column.
Result<Batch> build_batch(std::vector<ColumnBuilder> columns);

}  // namespace thalweg
