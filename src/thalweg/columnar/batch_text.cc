// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/batch_text.h"

#include <algorithm>

#include "thalweg/columnar/cell_text_internal.h"
#include "thalweg/columnar/column.h"
#include "thalweg/columnar/records.h"
#include "thalweg/common/time.h"

namespace thalweg {
namespace {

void append_cell(const Column& column, std::size_t row, std::string& out) {
  if (column.is_null(row)) {
    out += "null";
    return;
  }
  if (append_scalar(column, row, out)) return;
  if (column.type == Type::timestamp_us) {
    out += to_utc_string(Time::from_micros(column.integer(row)));
  } else {
    out += column.text(row);
  }
}

void append_lines(const Batch& batch, std::size_t rows_max, std::string& out) {
  LineCursor cursor(batch);
  std::string_view line;
  for (std::size_t row = 0; row < rows_max && cursor.read(row, 1, &line) == 1; ++row) {
    out += line;
    out += '\n';
  }
}

}  // namespace

Status append_rows_as_text(const Batch& batch, std::size_t rows_max, std::string& out) {
  if (batch.is_text()) {
    append_lines(batch, rows_max, out);
    return {};
  }
  THALWEG_TRY_ASSIGN(auto columns, columns_of(batch));
  std::size_t row_count = std::min(rows_max, batch.row_count());
  for (std::size_t row = 0; row < row_count; ++row) {
    if (columns.size() != 1) out += '(';
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += ',';
      append_cell(columns[i], row, out);
    }
    out += columns.size() != 1 ? ")\n" : "\n";
  }
  return {};
}

}  // namespace thalweg
