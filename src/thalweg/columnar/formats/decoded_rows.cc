// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <utility>

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "thalweg/columnar/formats/decoded_rows_internal.h"
#include "thalweg/common/check.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

/// A row's bits from its bytes. Null when all are set.
std::shared_ptr<arrow::Buffer> packed_bits(const std::vector<std::uint8_t>& rows,
                                           std::size_t row_count) {
  if (std::find(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(row_count), 0) ==
      rows.begin() + static_cast<std::ptrdiff_t>(row_count)) {
    return nullptr;
  }
  std::vector<std::uint8_t> bits((row_count + 7) / 8);
  for (std::size_t i = 0; i < row_count; ++i) {
    bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | rows[i] << (i % 8));
  }
  return arrow::Buffer::FromVector(std::move(bits));
}

std::shared_ptr<arrow::Buffer> packed_truths(const std::int64_t* values, std::size_t row_count) {
  std::vector<std::uint8_t> bits((row_count + 7) / 8);
  for (std::size_t i = 0; i < row_count; ++i) {
    bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (values[i] & 1) << (i % 8));
  }
  return arrow::Buffer::FromVector(std::move(bits));
}

std::shared_ptr<arrow::ResizableBuffer> empty_buffer() {
  auto made = arrow::AllocateResizableBuffer(0);
  THALWEG_CHECK(made.ok(), "no memory for a column");
  return *std::move(made);
}

void resize(arrow::ResizableBuffer& buffer, std::size_t bytes) {
  arrow::Status resized = buffer.Resize(static_cast<std::int64_t>(bytes), false);
  THALWEG_CHECK(resized.ok(), "no memory for a column");
}

bool holds_text(Type type) { return type == Type::text || type == Type::bytes; }

}  // namespace

DecodedRows::DecodedRows(Schema wanted, const DecoderOptions& options)
    : wanted_(std::move(wanted)),
      mode_(options.mode),
      corrupt_(wanted_.find(options.corrupt_column)),
      columns_(wanted_.fields.size()) {
  arrow::FieldVector fields;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Field& field = wanted_.fields[i];
    columns_[i].is_text = holds_text(field.type);
    if (field.required) required_.push_back(i);
    fields.push_back(arrow::field(field.name, arrow_type(field.type)));
  }
  bool others_required = !required_.empty() && (required_.size() > 1 || required_[0] != corrupt_);
  nulls_are_rows_ = corrupt_ && mode_ == ParseMode::permissive && !others_required;
  arrow_schema_ = arrow::schema(std::move(fields));
}

Status DecodedRows::begin(std::size_t block_bytes) {
  if (block_bytes >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return {ErrorCode::invalid_argument,
            "block has 2 GiB or more: " + format_bytes(block_bytes) + "; decode less at once"};
  }
  row_count_ = 0;
  block_bytes_ = block_bytes;
  rejected_.clear();
  for (auto& column : columns_) {
    if (!column.is_text) {
      column.number_buffer = empty_buffer();
      continue;
    }
    column.numbers = &ignored_number_;
    column.offset_buffer = empty_buffer();
    column.byte_buffer = empty_buffer();
    column.bytes_max = 0;
    grow_bytes(column, column.usual_bytes);
  }
  grow_rows(block_bytes / usual_row_bytes_ + 16);
  for (auto& column : columns_) {
    if (column.is_text) column.offsets[0] = 0;
  }
  return {};
}

void DecodedRows::grow_rows(std::size_t rows_max) {
  rows_max_ = rows_max;
  for (auto& column : columns_) {
    column.valid_rows.resize(rows_max);
    column.valid = column.valid_rows.data();
    if (column.is_text) {
      resize(*column.offset_buffer, (rows_max + 1) * sizeof(std::int32_t));
      column.offsets = reinterpret_cast<std::int32_t*>(column.offset_buffer->mutable_data());
    } else {
      resize(*column.number_buffer, rows_max * sizeof(std::int64_t));
      column.numbers = reinterpret_cast<std::int64_t*>(column.number_buffer->mutable_data());
    }
  }
}

void DecodedRows::grow_bytes(Column& column, std::size_t needed) {
  column.bytes_max = std::max(column.bytes_max * 2, needed + slack_bytes);
  resize(*column.byte_buffer, column.bytes_max);
  column.bytes = reinterpret_cast<char*>(column.byte_buffer->mutable_data());
}

Status DecodedRows::reject(std::string_view record, std::size_t offset, std::string reason) {
  if (mode_ == ParseMode::fail_fast) {
    return {ErrorCode::invalid_argument, "malformed record at offset " + std::to_string(offset) +
                                             ": " + reason + ": " + excerpt(record) +
                                             "; choose another mode to go on without it"};
  }
  if (!nulls_are_rows_) {
    rejected_.push_back({offset, record.size(), std::move(reason)});
    return {};
  }
  begin_row();
  put_text(*corrupt_, record);
  keep_row();
  return {};
}

std::shared_ptr<arrow::ArrayData> DecodedRows::array_of(std::size_t index) {
  Column& column = columns_[index];
  std::vector<std::shared_ptr<arrow::Buffer>> buffers;
  buffers.reserve(3);
  buffers.push_back(packed_bits(column.valid_rows, row_count_));
  if (column.is_text) {
    auto size = static_cast<std::size_t>(column.offsets[row_count_]);
    // The next block is likely to need as much; little is kept that nothing is in.
    column.usual_bytes = size + size / 8;
    buffers.push_back(std::move(column.offset_buffer));
    buffers.push_back(
        arrow::SliceBuffer(std::move(column.byte_buffer), 0, static_cast<std::int64_t>(size)));
  } else if (wanted_.fields[index].type == Type::boolean) {
    buffers.push_back(packed_truths(column.numbers, row_count_));
  } else {
    buffers.push_back(std::move(column.number_buffer));
  }
  return arrow::ArrayData::Make(arrow_schema_->field(static_cast<int>(index))->type(),
                                static_cast<std::int64_t>(row_count_), std::move(buffers));
}

Result<Decoded> DecodedRows::finish() {
  Decoded decoded;
  decoded.rejected = std::exchange(rejected_, {});
  if (row_count_ == 0) return decoded;
  usual_row_bytes_ = std::max<std::size_t>(1, block_bytes_ / row_count_ * 7 / 8);
  std::vector<std::shared_ptr<arrow::ArrayData>> arrays;
  for (std::size_t i = 0; i < columns_.size(); ++i) arrays.push_back(array_of(i));
  decoded.batch = Batch::of_columns(arrow::RecordBatch::Make(
      arrow_schema_, static_cast<std::int64_t>(row_count_), std::move(arrays)));
  return decoded;
}

Status check_wanted(std::string_view format, const Schema& wanted, const DecoderOptions& options) {
  if (wanted.fields.empty()) {
    return {ErrorCode::invalid_argument,
            "no columns to read " + std::string(format) + " into; name them"};
  }
  for (std::size_t i = 0; i < wanted.fields.size(); ++i) {
    const Field& field = wanted.fields[i];
    if (wanted.find(field.name) != i) {
      return {ErrorCode::invalid_argument, "two columns have the name \"" + field.name + "\""};
    }
    if (field.name == options.corrupt_column && field.type != Type::text) {
      return {ErrorCode::invalid_argument, "column for malformed records is no text: \"" +
                                               field.name + "\" is " +
                                               std::string(to_string(field.type))};
    }
  }
  return {};
}

std::size_t whole_lines(std::string_view bytes, bool last) {
  return last ? bytes.size() : bytes.rfind('\n') + 1;
}

}  // namespace thalweg
