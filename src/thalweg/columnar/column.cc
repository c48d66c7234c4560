// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/column.h"

#include <limits>
#include <optional>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "thalweg/common/check.h"

namespace thalweg {
namespace {

Status too_large(std::string_view column, std::size_t row) {
  return {ErrorCode::invalid_argument, "value does not fit int64: column \"" + std::string(column) +
                                           "\", row " + std::to_string(row)};
}

template <typename T>
const T* values_of(const arrow::ArrayData& data) {
  return data.buffers[1] == nullptr ? nullptr : reinterpret_cast<const T*>(data.buffers[1]->data());
}

/// Points `column` at a copy of the values of `data`, each made by `convert`, which returns nothing
/// for a value that does not fit.
template <typename Source, typename Target, typename Convert>
Status convert_values(const arrow::ArrayData& data, std::string_view name, Convert convert,
                      Column& column) {
  auto values = std::make_shared<std::vector<Target>>();
  values->resize(column.first + column.row_count);
  const auto* source = values_of<Source>(data);
  for (std::size_t row = 0; row < column.row_count; ++row) {
    if (column.is_null(row)) continue;
    std::optional<Target> value = convert(source[column.first + row]);
    if (!value) return too_large(name, row);
    (*values)[column.first + row] = *value;
  }
  column.values = values->data();
  column.converted = std::move(values);
  return {};
}

template <typename Source>
Status widen_integers(const arrow::ArrayData& data, std::string_view name, Column& column) {
  auto widen = [](Source value) -> std::optional<std::int64_t> {
    if (!std::in_range<std::int64_t>(value)) return std::nullopt;
    return static_cast<std::int64_t>(value);
  };
  return convert_values<Source, std::int64_t>(data, name, widen, column);
}

std::optional<std::int64_t> to_micros(std::int64_t value, arrow::TimeUnit::type unit) {
  std::int64_t micros = 0;
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      if (__builtin_mul_overflow(value, std::int64_t{1'000'000}, &micros)) return std::nullopt;
      return micros;
    case arrow::TimeUnit::MILLI:
      if (__builtin_mul_overflow(value, std::int64_t{1'000}, &micros)) return std::nullopt;
      return micros;
    case arrow::TimeUnit::MICRO:
      return value;
    case arrow::TimeUnit::NANO:
      return value / 1000 - (value % 1000 < 0 ? 1 : 0);
  }
  return std::nullopt;
}

Status read_timestamps(const arrow::ArrayData& data, std::string_view name, Column& column) {
  auto unit = static_cast<const arrow::TimestampType&>(*data.type).unit();
  if (unit == arrow::TimeUnit::MICRO) {
    column.values = values_of<std::int64_t>(data);
    return {};
  }
  auto convert = [unit](std::int64_t value) { return to_micros(value, unit); };
  return convert_values<std::int64_t, std::int64_t>(data, name, convert, column);
}

/// Texts with 64-bit offsets: the bytes stay where they are, the offsets are counted from the
/// first.
Status read_large_texts(const arrow::ArrayData& data, std::string_view name, Column& column) {
  const auto* source = values_of<std::int64_t>(data);
  if (column.row_count == 0) return {};
  std::int64_t begin = source[column.first];
  if (source[column.first + column.row_count] - begin > std::numeric_limits<std::int32_t>::max()) {
    return {ErrorCode::unsupported, "column has more than 2 GiB of text: \"" + std::string(name) +
                                        "\"; read fewer rows at once"};
  }
  auto offsets = std::make_shared<std::vector<std::int32_t>>(column.first + column.row_count + 1);
  for (std::size_t row = 0; row <= column.row_count; ++row) {
    (*offsets)[column.first + row] = static_cast<std::int32_t>(source[column.first + row] - begin);
  }
  column.offsets = offsets->data();
  if (data.buffers[2] != nullptr) column.values = data.buffers[2]->data() + begin;
  column.converted = std::move(offsets);
  return {};
}

Status fill(const arrow::ArrayData& data, std::string_view name, Column& column) {
  switch (data.type->id()) {
    case arrow::Type::BOOL:
    case arrow::Type::INT64:
    case arrow::Type::DOUBLE:
      column.values = values_of<std::uint8_t>(data);
      return {};
    case arrow::Type::INT8:
      return widen_integers<std::int8_t>(data, name, column);
    case arrow::Type::INT16:
      return widen_integers<std::int16_t>(data, name, column);
    case arrow::Type::INT32:
      return widen_integers<std::int32_t>(data, name, column);
    case arrow::Type::UINT8:
      return widen_integers<std::uint8_t>(data, name, column);
    case arrow::Type::UINT16:
      return widen_integers<std::uint16_t>(data, name, column);
    case arrow::Type::UINT32:
      return widen_integers<std::uint32_t>(data, name, column);
    case arrow::Type::UINT64:
      return widen_integers<std::uint64_t>(data, name, column);
    case arrow::Type::FLOAT:
      return convert_values<float, double>(
          data, name, [](float value) { return std::optional<double>(value); }, column);
    case arrow::Type::TIMESTAMP:
      return read_timestamps(data, name, column);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      column.offsets = values_of<std::int32_t>(data);
      if (data.buffers[2] != nullptr) column.values = data.buffers[2]->data();
      return {};
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return read_large_texts(data, name, column);
    default:
      THALWEG_CHECK(false, "column type without a reader");
  }
}

template <typename Bits>
std::shared_ptr<arrow::Buffer> pack_bits(const Bits& bits) {
  std::vector<std::uint8_t> packed((bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (bits[i]) packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | 1U << (i % 8));
  }
  return arrow::Buffer::FromVector(std::move(packed));
}

}  // namespace

Result<Schema> schema_of(const Batch& batch) {
  if (batch.is_text()) return Schema{{{"value", Type::text}}};
  return schema_of(*batch.columns()->schema());
}

Result<std::vector<Column>> columns_of(const Batch& batch) {
  if (batch.is_text()) return std::vector<Column>();
  THALWEG_TRY_ASSIGN(Schema schema, schema_of(batch));
  std::vector<Column> columns(schema.fields.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& data = *batch.columns()->column_data(static_cast<int>(i));
    columns[i].type = schema.fields[i].type;
    columns[i].row_count = static_cast<std::size_t>(data.length);
    columns[i].first = static_cast<std::size_t>(data.offset);
    if (data.buffers[0] != nullptr && data.GetNullCount() > 0) {
      columns[i].validity = data.buffers[0]->data();
    }
    THALWEG_TRY(fill(data, schema.fields[i].name, columns[i]));
  }
  return columns;
}

void ColumnBuilder::refuse(std::string_view reason) {
  if (refusal_.empty()) {
    refusal_ = std::string(reason) + ": column \"" + field_.name + "\", row " +
               std::to_string(valid_.size());
  }
  append_null();
}

Result<Batch> build_batch(std::vector<ColumnBuilder> columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::ArrayData>> arrays;
  auto row_count = columns.empty() ? 0 : static_cast<std::int64_t>(columns[0].valid_.size());
  for (auto& column : columns) {
    if (!column.refusal_.empty()) return Status(ErrorCode::invalid_argument, column.refusal_);
    if (column.bytes_.size() > std::numeric_limits<std::int32_t>::max()) {
      return Status(ErrorCode::invalid_argument, "column has more than 2 GiB of text: \"" +
                                                     column.field_.name +
                                                     "\"; make batches of fewer rows");
    }
    std::shared_ptr<arrow::Buffer> validity;
    if (column.has_nulls_) validity = pack_bits(column.valid_);
    std::vector<std::shared_ptr<arrow::Buffer>> buffers;
    buffers.reserve(3);
    buffers.push_back(std::move(validity));
    if (column.is_text()) {
      buffers.push_back(arrow::Buffer::FromVector(std::move(column.offsets_)));
      buffers.push_back(arrow::Buffer::FromString(std::move(column.bytes_)));
    } else if (column.field_.type == Type::boolean) {
      buffers.push_back(pack_bits(column.numbers_));
    } else {
      buffers.push_back(arrow::Buffer::FromVector(std::move(column.numbers_)));
    }
    auto type = arrow_type(column.field_.type);
    THALWEG_CHECK(column.valid_.size() == static_cast<std::size_t>(row_count),
                  "columns of different length");
    arrays.push_back(arrow::ArrayData::Make(type, row_count, std::move(buffers)));
    fields.push_back(arrow::field(column.field_.name, type));
  }
  return Batch::of_columns(
      arrow::RecordBatch::Make(arrow::schema(std::move(fields)), row_count, std::move(arrays)));
}

}  // namespace thalweg
