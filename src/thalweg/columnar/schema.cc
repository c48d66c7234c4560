// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/schema.h"

#include <arrow/type.h>

namespace thalweg {
namespace {

std::optional<Type> type_of(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return Type::boolean;
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
    case arrow::Type::UINT64:
      return Type::int64;
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return Type::float64;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      return Type::text;
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
      return Type::bytes;
    case arrow::Type::TIMESTAMP:
      return Type::timestamp_us;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string_view to_string(Type type) {
  switch (type) {
    case Type::boolean:
      return "boolean";
    case Type::int64:
      return "int64";
    case Type::float64:
      return "float64";
    case Type::text:
      return "text";
    case Type::bytes:
      return "bytes";
    case Type::timestamp_us:
      return "timestamp_us";
  }
  return "unknown";
}

std::optional<std::size_t> Schema::find(std::string_view name) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return i;
  }
  return std::nullopt;
}

std::string to_string(const Schema& schema) {
  std::string text;
  for (const auto& field : schema.fields) {
    if (!text.empty()) text += ", ";
    text += field.name;
    text += ' ';
    text += to_string(field.type);
  }
  return text;
}

Result<Schema> schema_of(const arrow::Schema& schema) {
  Schema ours;
  for (const auto& field : schema.fields()) {
    std::optional<Type> type = type_of(*field->type());
    if (!type) {
      return Status(ErrorCode::unsupported,
                    "column type not supported: \"" + field->name() + "\" is " +
                        field->type()->ToString() +
                        "; supported are boolean, integers, floats, text, bytes and timestamps");
    }
    ours.fields.push_back({field->name(), *type});
  }
  return ours;
}

std::shared_ptr<arrow::DataType> arrow_type(Type type) {
  switch (type) {
    case Type::boolean:
      return arrow::boolean();
    case Type::int64:
      return arrow::int64();
    case Type::float64:
      return arrow::float64();
    case Type::text:
      return arrow::utf8();
    case Type::bytes:
      return arrow::binary();
    case Type::timestamp_us:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  }
  return arrow::null();
}

}  // namespace thalweg
