// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/records.h"

#include <algorithm>
#include <array>

#include "thalweg/columnar/kernels/text_scan.h"
#include "thalweg/columnar/type_fit_internal.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

Status unsupported_field(const RecordShape& shape, const RecordField& field) {
  return {ErrorCode::unsupported, "field does not fit a column: \"" + field.name + "\" of " +
                                      shape.type_name +
                                      "; columns hold scalars, texts and optionals of these"};
}

Status missing_column(const RecordShape& shape, const RecordField& field, const Schema& schema) {
  std::vector<std::string_view> names;
  std::string known;
  for (const auto& column : schema.fields) {
    names.push_back(column.name);
    known += (known.empty() ? "" : ", ") + column.name;
  }
  std::string message = "column not found: \"" + field.name + "\" of " + shape.type_name;
  std::string_view nearest = nearest_word(field.name, names.data(), names.size());
  if (!nearest.empty()) message += "; did you mean \"" + std::string(nearest) + "\"?";
  message += (nearest.empty() ? "; the input has: " : " The input has: ") + known;
  return {ErrorCode::invalid_argument, message};
}

Status text_is_no_record(const RecordShape& shape) {
  return {ErrorCode::invalid_argument, "lines of text can't be read as " + shape.type_name +
                                           "; read them as std::string_view and parse them"};
}

}  // namespace

Schema schema_of(const RecordShape& shape) {
  Schema schema;
  for (const auto& field : shape.fields) schema.fields.push_back(field);
  return schema;
}

Result<std::vector<ColumnBuilder>> builders_of(const RecordShape& shape) {
  std::vector<ColumnBuilder> builders;
  for (const auto& field : shape.fields) {
    if (!field.supported) return unsupported_field(shape, field);
    builders.emplace_back(Field{field.name, field.type});
  }
  return builders;
}

Result<std::vector<Column>> columns_for(const RecordShape& shape, const Batch& batch) {
  for (const auto& field : shape.fields) {
    if (!field.supported) return unsupported_field(shape, field);
  }
  std::vector<Column> chosen;
  if (batch.is_text()) {
    if (shape.is_line || batch.empty()) return chosen;
    return text_is_no_record(shape);
  }
  THALWEG_TRY_ASSIGN(Schema schema, schema_of(batch));
  THALWEG_TRY_ASSIGN(auto columns, columns_of(batch));
  for (const auto& field : shape.fields) {
    std::optional<std::size_t> place = schema.find(field.name);
    if (shape.is_single && schema.fields.size() == 1) place = 0;
    if (!place) return missing_column(shape, field, schema);
    if (!type_fits(field.type, columns[*place].type)) {
      return Status(ErrorCode::invalid_argument,
                    "column has another type: \"" + schema.fields[*place].name + "\" is " +
                        std::string(to_string(columns[*place].type)) + ", " + shape.type_name +
                        " wants " + std::string(to_string(field.type)));
    }
    chosen.push_back(columns[*place]);
  }
  return chosen;
}

Status cell_failure(const RecordShape& shape, std::size_t index, const Column& column,
                    std::size_t row) {
  const RecordField& field = shape.fields[index];
  std::string where = ": \"" + field.name + "\" of " + shape.type_name;
  if (column.is_null(row)) {
    return {ErrorCode::invalid_argument, "value is null" + where + ", row " + std::to_string(row) +
                                             "; make the field a std::optional"};
  }
  return {ErrorCode::invalid_argument, "value does not fit the field" + where + " is " +
                                           std::to_string(column.integer(row)) + " in row " +
                                           std::to_string(row) + "; make the field wider"};
}

std::size_t LineCursor::read(std::size_t first, std::size_t count, std::string_view* lines) {
  if (first < line_) {
    line_ = 0;
    offset_ = 0;
  }
  std::string_view text = batch_.text();
  const char* position = text.data() + offset_;
  const char* end = text.data() + text.size();
  std::array<std::string_view, 256> skipped;
  while (line_ < first && position != end) {
    line_ += find_lines(position, end, skipped.data(), std::min(first - line_, skipped.size()));
  }
  std::size_t found = find_lines(position, end, lines, count);
  line_ += found;
  offset_ = static_cast<std::size_t>(position - text.data());
  return found;
}

}  // namespace thalweg
