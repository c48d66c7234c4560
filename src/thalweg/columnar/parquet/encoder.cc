// SPDX-License-Identifier: Apache-2.0
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <memory>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include "thalweg/columnar/arrow_status.h"
#include "thalweg/columnar/formats/batch_encoder.h"

namespace thalweg {
namespace {

/// So many rows are held until they are written together.
constexpr std::int64_t group_rows_max = 1 << 16;

/// What Parquet writes, until somebody takes it.
class Collected final : public arrow::io::OutputStream {
 public:
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<std::int64_t> Tell() const override { return written_bytes_; }
  arrow::Status Write(const void* bytes, std::int64_t size) override {
    collected_.append(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    written_bytes_ += size;
    return arrow::Status::OK();
  }
  void move_to(std::string& out) {
    out += collected_;
    collected_.clear();
  }

 private:
  std::string collected_;
  std::int64_t written_bytes_ = 0;
  bool closed_ = false;
};

class ParquetEncoder final : public BatchEncoder {
 public:
  Status append(const Batch& given, std::string& out) override {
    THALWEG_TRY_ASSIGN(Batch batch, in_columns(given));
    if (batch.columns() == nullptr || batch.empty()) return {};
    if (writer_ == nullptr) THALWEG_TRY(open(*batch.columns()));
    THALWEG_TRY(to_status(writer_->WriteRecordBatch(*batch.columns())).within("parquet"));
    collected_->move_to(out);
    return {};
  }
  Status finish(std::string& out) override {
    if (writer_ == nullptr) return {};
    THALWEG_TRY(to_status(writer_->Close()).within("parquet"));
    collected_->move_to(out);
    return {};
  }

 private:
  Status open(const arrow::RecordBatch& first) {
    auto properties = parquet::WriterProperties::Builder()
                          .compression(parquet::Compression::SNAPPY)
                          ->max_row_group_length(group_rows_max)
                          ->enable_page_checksum()
                          ->build();
    auto writer = parquet::arrow::FileWriter::Open(*first.schema(), arrow::default_memory_pool(),
                                                   collected_, properties);
    if (!writer.ok()) return to_status(writer.status()).within("parquet");
    writer_ = *std::move(writer);
    return {};
  }

  const std::shared_ptr<Collected> collected_ = std::make_shared<Collected>();
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace
}  // namespace thalweg

/// What the main library calls for a file of Parquet.
extern "C" thalweg::Status thalweg_make_parquet_encoder(
    std::unique_ptr<thalweg::BatchEncoder>* made) {
  *made = std::make_unique<thalweg::ParquetEncoder>();
  return {};
}
