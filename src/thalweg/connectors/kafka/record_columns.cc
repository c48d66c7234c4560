// SPDX-License-Identifier: Apache-2.0
#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "thalweg/columnar/arrow_status.h"
#include "thalweg/common/bytes/codec.h"
#include "thalweg/connectors/kafka/record_columns_internal.h"

namespace thalweg::kafka {
namespace {

constexpr std::int64_t micros_per_milli = 1000;

struct Columns {
  arrow::BinaryBuilder key;
  arrow::BinaryBuilder value;
  arrow::StringBuilder topic;
  arrow::Int64Builder partition;
  arrow::Int64Builder offset;
  arrow::TimestampBuilder timestamp{arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                                    arrow::default_memory_pool()};
  arrow::Int64Builder timestamp_type;
  arrow::BinaryBuilder headers;
};

arrow::Status reserve(const std::vector<Message>& records, const PartitionKey& partition,
                      Columns& columns) {
  auto rows = static_cast<std::int64_t>(records.size());
  std::int64_t key_bytes = 0;
  std::int64_t value_bytes = 0;
  for (const auto& record : records) {
    key_bytes += static_cast<std::int64_t>(record->key_len);
    value_bytes += static_cast<std::int64_t>(record->len);
  }
  ARROW_RETURN_NOT_OK(columns.key.Reserve(rows));
  ARROW_RETURN_NOT_OK(columns.key.ReserveData(key_bytes));
  ARROW_RETURN_NOT_OK(columns.value.Reserve(rows));
  ARROW_RETURN_NOT_OK(columns.value.ReserveData(value_bytes));
  ARROW_RETURN_NOT_OK(columns.topic.Reserve(rows));
  ARROW_RETURN_NOT_OK(
      columns.topic.ReserveData(rows * static_cast<std::int64_t>(partition.first.size())));
  ARROW_RETURN_NOT_OK(columns.partition.Reserve(rows));
  ARROW_RETURN_NOT_OK(columns.offset.Reserve(rows));
  ARROW_RETURN_NOT_OK(columns.timestamp.Reserve(rows));
  return columns.timestamp_type.Reserve(rows);
}

void append(arrow::BinaryBuilder& column, const void* bytes, std::size_t size) {
  if (bytes == nullptr) {
    column.UnsafeAppendNull();
  } else {
    column.UnsafeAppend(static_cast<const std::uint8_t*>(bytes), static_cast<std::int32_t>(size));
  }
}

/// As a vector of pairs of a text and an optional text.
std::string encode_headers(const rd_kafka_message_t* record) {
  rd_kafka_headers_t* headers = nullptr;
  Encoder out;
  if (rd_kafka_message_headers(record, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) headers = nullptr;
  std::size_t count = headers == nullptr ? 0 : rd_kafka_header_cnt(headers);
  out.put_length(count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    rd_kafka_header_get_all(headers, i, &name, &value, &size);
    out.put_text(name);
    out.put_number<std::uint8_t>(value != nullptr ? 1 : 0);
    if (value != nullptr) out.put_text({static_cast<const char*>(value), size});
  }
  return out.take();
}

arrow::Status fill(const std::vector<Message>& records, const PartitionKey& partition,
                   bool with_headers, Columns& columns) {
  ARROW_RETURN_NOT_OK(reserve(records, partition, columns));
  for (const auto& record : records) {
    append(columns.key, record->key, record->key_len);
    append(columns.value, record->payload, record->len);
    columns.topic.UnsafeAppend(partition.first);
    columns.partition.UnsafeAppend(partition.second);
    columns.offset.UnsafeAppend(record->offset);
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    std::int64_t millis = rd_kafka_message_timestamp(record.get(), &type);
    if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || millis < 0) {
      columns.timestamp.UnsafeAppend(0);
      columns.timestamp_type.UnsafeAppend(-1);
    } else {
      columns.timestamp.UnsafeAppend(millis * micros_per_milli);
      columns.timestamp_type.UnsafeAppend(type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? 1 : 0);
    }
    if (with_headers) ARROW_RETURN_NOT_OK(columns.headers.Append(encode_headers(record.get())));
  }
  return arrow::Status::OK();
}

template <typename Builder>
arrow::Status finish(Builder& builder, const char* name, arrow::FieldVector& fields,
                     arrow::ArrayVector& arrays) {
  std::shared_ptr<arrow::Array> array;
  ARROW_RETURN_NOT_OK(builder.Finish(&array));
  fields.push_back(arrow::field(name, array->type()));
  arrays.push_back(std::move(array));
  return arrow::Status::OK();
}

arrow::Status finish_all(Columns& columns, bool with_headers, arrow::FieldVector& fields,
                         arrow::ArrayVector& arrays) {
  ARROW_RETURN_NOT_OK(finish(columns.key, "key", fields, arrays));
  ARROW_RETURN_NOT_OK(finish(columns.value, "value", fields, arrays));
  ARROW_RETURN_NOT_OK(finish(columns.topic, "topic", fields, arrays));
  ARROW_RETURN_NOT_OK(finish(columns.partition, "partition", fields, arrays));
  ARROW_RETURN_NOT_OK(finish(columns.offset, "offset", fields, arrays));
  ARROW_RETURN_NOT_OK(finish(columns.timestamp, "timestamp", fields, arrays));
  ARROW_RETURN_NOT_OK(finish(columns.timestamp_type, "timestampType", fields, arrays));
  return with_headers ? finish(columns.headers, "headers", fields, arrays) : arrow::Status::OK();
}

}  // namespace

Result<Batch> to_batch(const std::vector<Message>& records, const PartitionKey& partition,
                       bool with_headers) {
  if (records.empty()) return Batch();
  Columns columns;
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  arrow::Status made = fill(records, partition, with_headers, columns);
  if (made.ok()) made = finish_all(columns, with_headers, fields, arrays);
  if (!made.ok()) return to_status(made).within("source kafka");
  return Batch::of_columns(arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                                    static_cast<std::int64_t>(records.size()),
                                                    std::move(arrays)));
}

}  // namespace thalweg::kafka
