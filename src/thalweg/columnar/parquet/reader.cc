// SPDX-License-Identifier: Apache-2.0
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "thalweg/columnar/arrow_status.h"
#include "thalweg/columnar/compression/compression.h"
#include "thalweg/columnar/formats/parquet_reader.h"
#include "thalweg/columnar/parquet/file_source_internal.h"
#include "thalweg/columnar/parquet/memory_limit_internal.h"
#include "thalweg/columnar/type_fit_internal.h"

namespace thalweg {
namespace {

/// The wanted columns, and which of the file are read for them.
struct Projection {
  std::vector<Field> wanted;
  std::vector<int> leaves;  ///< Parquet's numbers of the columns that are read.
};

/// What Parquet says of its file, as our failure: what it can't read was damaged.
Status file_failure(const arrow::Status& status) {
  if (status.IsNotImplemented()) return {ErrorCode::unsupported, status.message()};
  if (status.IsIOError() || status.IsInvalid() || status.IsSerializationError()) {
    return {ErrorCode::data_loss, "file is no Parquet, cut off or corrupt: " + status.message()};
  }
  return to_status(status);
}

/// So much memory may be taken for what is stored in so many bytes.
std::int64_t expanded_bytes_max(std::int64_t stored_bytes) {
  return static_cast<std::int64_t>(expansion_free_bytes) +
         static_cast<std::int64_t>(expansion_max) * stored_bytes;
}

/// Calls Parquet, which throws here and there, and takes what a damaged page says that it needs. A
/// file that can't be read says so itself.
template <typename Call>
Status guarded(const FileSource& source, std::int64_t stored_bytes, Call call) {
  Status outcome;
  MemoryLimit limit(expanded_bytes_max(stored_bytes));
  try {
    outcome = call();
  } catch (const parquet::ParquetStatusException& failure) {
    outcome = file_failure(failure.status());
  } catch (const std::exception& failure) {
    outcome = {ErrorCode::data_loss,
               std::string("file is no Parquet, cut off or corrupt: ") + failure.what()};
  }
  if (!outcome.ok() && !source.failure().ok()) return source.failure();
  if (!outcome.ok() && limit.exceeded()) {
    return {ErrorCode::data_loss, "file needs more than " +
                                      std::to_string(expanded_bytes_max(stored_bytes)) +
                                      " bytes of memory for " + std::to_string(stored_bytes) +
                                      " bytes of it: a decompression bomb, or corrupt"};
  }
  return outcome;
}

class GroupRows final : public ParquetRows {
 public:
  GroupRows(std::unique_ptr<arrow::RecordBatchReader> reader, const FileSource& source,
            std::int64_t stored_bytes, const Projection& projection, const std::string& name)
      : reader_(std::move(reader)),
        source_(source),
        stored_bytes_(stored_bytes),
        projection_(projection),
        name_(name) {}

  Result<Batch> next() override {
    Batch batch;
    Status read = guarded(source_, stored_bytes_, [&]() -> Status {
      std::shared_ptr<arrow::RecordBatch> rows;
      arrow::Status status = reader_->ReadNext(&rows);
      if (!status.ok()) return file_failure(status);
      if (rows != nullptr) status = rows->Validate();
      if (!status.ok()) return file_failure(status);
      if (rows != nullptr) return arrange(*rows, batch);
      return {};
    });
    if (!read.ok()) return read.within(name_);
    return batch;
  }

 private:
  /// The columns as they are wanted, with nulls for those that the file lacks.
  Status arrange(const arrow::RecordBatch& rows, Batch& batch) const {
    arrow::FieldVector fields;
    arrow::ArrayVector columns;
    for (const auto& wanted : projection_.wanted) {
      std::shared_ptr<arrow::Array> column = rows.GetColumnByName(wanted.name);
      if (column == nullptr) {
        auto nulls = arrow::MakeArrayOfNull(arrow_type(wanted.type), rows.num_rows());
        if (!nulls.ok()) return to_status(nulls.status());
        column = *std::move(nulls);
      }
      fields.push_back(arrow::field(wanted.name, column->type()));
      columns.push_back(std::move(column));
    }
    batch = Batch::of_columns(arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                                       rows.num_rows(), std::move(columns)));
    return {};
  }

  const std::unique_ptr<arrow::RecordBatchReader> reader_;
  const FileSource& source_;
  const std::int64_t stored_bytes_;  ///< Of the group, in the columns that are read.
  const Projection& projection_;
  const std::string& name_;
};

class Reader final : public ParquetReader {
 public:
  Reader(std::shared_ptr<FileSource> source, std::unique_ptr<parquet::arrow::FileReader> file,
         Projection projection, std::string name)
      : source_(std::move(source)),
        file_(std::move(file)),
        projection_(std::move(projection)),
        name_(std::move(name)) {}

  [[nodiscard]] int group_count() const override { return file_->num_row_groups(); }
  [[nodiscard]] std::int64_t group_rows(int group) const override {
    return file_->parquet_reader()->metadata()->RowGroup(group)->num_rows();
  }
  [[nodiscard]] std::int64_t group_bytes(int group) const override {
    return file_->parquet_reader()->metadata()->RowGroup(group)->total_byte_size();
  }

  Result<std::unique_ptr<ParquetRows>> read_group(int group) override {
    std::unique_ptr<ParquetRows> rows;
    Status opened = guarded(*source_, source_->size_bytes(), [&]() -> Status {
      auto reader = file_->GetRecordBatchReader({group}, projection_.leaves);
      if (!reader.ok()) return file_failure(reader.status());
      rows = std::make_unique<GroupRows>(*std::move(reader), *source_, stored_bytes(group),
                                         projection_, name_);
      return {};
    });
    if (!opened.ok()) return opened.within(name_);
    return rows;
  }

 private:
  /// As the file says, and no more than it has.
  [[nodiscard]] std::int64_t stored_bytes(int group) const {
    auto columns = file_->parquet_reader()->metadata()->RowGroup(group);
    std::int64_t left = source_->size_bytes();
    for (int leaf : projection_.leaves) {
      left -=
          std::clamp<std::int64_t>(columns->ColumnChunk(leaf)->total_compressed_size(), 0, left);
    }
    return source_->size_bytes() - left;
  }

  const std::shared_ptr<FileSource> source_;
  const std::unique_ptr<parquet::arrow::FileReader> file_;
  const Projection projection_;
  const std::string name_;
};

Status missing_column(const Field& wanted, const arrow::Schema& schema) {
  std::string known;
  for (const auto& field : schema.fields()) {
    known += (known.empty() ? "" : ", ") + field->name();
  }
  return {ErrorCode::invalid_argument,
          "column not found: \"" + wanted.name + "\"; the file has: " + known};
}

/// Errors: as ParquetReader.
Status choose_columns(const parquet::arrow::FileReader& file, const Schema& wanted,
                      Projection& projection) {
  const parquet::arrow::SchemaManifest& manifest = file.manifest();
  std::shared_ptr<arrow::Schema> schema;
  arrow::Status got = const_cast<parquet::arrow::FileReader&>(file).GetSchema(&schema);
  if (!got.ok()) return file_failure(got);
  arrow::FieldVector chosen;
  for (std::size_t i = 0; i < manifest.schema_fields.size(); ++i) {
    const auto& field = manifest.schema_fields[i];
    if (!wanted.fields.empty() && !wanted.find(field.field->name())) continue;
    chosen.push_back(field.field);
    // A nested column has no number of its own; schema_of() refuses it below.
    if (field.column_index >= 0) projection.leaves.push_back(field.column_index);
  }
  THALWEG_TRY_ASSIGN(Schema known, schema_of(*arrow::schema(chosen)));
  projection.wanted = wanted.fields.empty() ? known.fields : wanted.fields;
  for (const auto& field : projection.wanted) {
    auto place = known.find(field.name);
    if (field.required && !place) return missing_column(field, *schema);
    if (place && !type_fits(field.type, known.fields[*place].type)) {
      return {ErrorCode::invalid_argument, "column has another type: \"" + field.name + "\" is " +
                                               std::string(to_string(known.fields[*place].type)) +
                                               " in the file, wanted is " +
                                               std::string(to_string(field.type))};
    }
  }
  return {};
}

Status open(std::shared_ptr<ReadableFile> file, const std::string& name, const Schema& wanted,
            std::unique_ptr<ParquetReader>* opened) {
  THALWEG_TRY_ASSIGN(std::uint64_t size_bytes, file->size_bytes());
  auto source =
      std::make_shared<FileSource>(std::move(file), static_cast<std::int64_t>(size_bytes));
  return guarded(*source, source->size_bytes(), [&]() -> Status {
    parquet::ArrowReaderProperties properties;
    properties.set_batch_size(ParquetReader::batch_rows_max);
    // As nanoseconds they would wrap round in the year 2262.
    properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
    parquet::ReaderProperties reading(limited_pool());
    // Bounds what a damaged file can make us take.
    reading.set_thrift_string_size_limit(std::int32_t{100} << 20);
    reading.set_page_checksum_verification(true);
    parquet::arrow::FileReaderBuilder builder;
    arrow::Status status = builder.Open(source, reading);
    if (!status.ok()) return file_failure(status);
    builder.properties(properties);
    builder.memory_pool(limited_pool());
    std::unique_ptr<parquet::arrow::FileReader> reader;
    status = builder.Build(&reader);
    if (!status.ok()) return file_failure(status);
    Projection projection;
    THALWEG_TRY(choose_columns(*reader, wanted, projection));
    *opened = std::make_unique<Reader>(source, std::move(reader), std::move(projection), name);
    return {};
  });
}

}  // namespace
}  // namespace thalweg

/// What the main library calls to read a file of Parquet.
extern "C" thalweg::Status thalweg_open_parquet(std::shared_ptr<thalweg::ReadableFile> file,
                                                std::string name, const thalweg::Schema& wanted,
                                                std::unique_ptr<thalweg::ParquetReader>* opened) {
  return thalweg::open(std::move(file), name, wanted, opened).within(name);
}
