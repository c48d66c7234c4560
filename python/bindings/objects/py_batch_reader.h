// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "bindings/objects/py_record.h"
#include "thalweg/columnar/column.h"
#include "thalweg/columnar/records.h"

namespace thalweg {

/// Reads the rows of a batch as Python objects: a line as str, else a dict with a value for each
/// column (bool, int, float, str, bytes, None; a time is microseconds since 1970).
///
/// Thread safety: one thread.
template <>
class BatchReader<python::PyRef> {
 public:
  /// Errors: those of columns_of().
  static Result<BatchReader> make(Batch batch);

  [[nodiscard]] std::size_t row_count() const { return batch_.row_count(); }
  [[nodiscard]] const Batch& batch() const { return batch_; }

  /// Every row is an object: `refused` is never called. Errors: throws PyError.
  template <typename Refused>
  std::size_t read_fitting(std::size_t first, std::size_t count, python::PyRef* out, Refused) {
    read(first, count, out);
    return count;
  }

 private:
  BatchReader(Batch batch, std::vector<Column> columns)
      : batch_(std::move(batch)), columns_(std::move(columns)), lines_(batch_) {}
  void read(std::size_t first, std::size_t count, python::PyRef* out);
  [[nodiscard]] python::PyRef row_at(std::size_t row) const;

  Batch batch_;
  std::vector<Column> columns_;
  std::vector<python::PyRef> names_;
  LineCursor lines_;
};

}  // namespace thalweg
