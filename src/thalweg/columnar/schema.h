// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "thalweg/columnar/type.h"
#include "thalweg/common/status.h"

namespace thalweg {

/// A column's name and what it holds.
struct Field {
  std::string name;
  Type type = Type::text;
  /// What a reader asks of each value: that there is one, and of an integer that it lies in
  /// [integer_min, integer_max]. A record with another value is malformed.
  bool required = false;
  std::int64_t integer_min = std::numeric_limits<std::int64_t>::min();
  std::int64_t integer_max = std::numeric_limits<std::int64_t>::max();
  friend bool operator==(const Field&, const Field&) = default;
};

/// The columns of a batch, in order.
struct Schema {
  std::vector<Field> fields;

  /// Where the column of that name stands; nothing when there is none.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;

  friend bool operator==(const Schema&, const Schema&) = default;
};

/// "id int64, page text".
std::string to_string(const Schema& schema);

/// Errors: unsupported for a column of a type that Thalweg does not read, with its name.
Result<Schema> schema_of(const arrow::Schema& schema);

/// How the values of a type lie in the columns that Thalweg makes.
std::shared_ptr<arrow::DataType> arrow_type(Type type);

}  // namespace thalweg
