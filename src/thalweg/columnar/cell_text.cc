// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/cell_text_internal.h"
#include "thalweg/common/text.h"

namespace thalweg {

bool append_scalar(const Column& column, std::size_t row, std::string& out) {
  switch (column.type) {
    case Type::boolean:
      out += column.truth(row) ? "true" : "false";
      return true;
    case Type::int64:
      append_number(column.integer(row), out);
      return true;
    case Type::float64:
      append_number(column.real(row), out);
      return true;
    default:
      return false;
  }
}

}  // namespace thalweg
