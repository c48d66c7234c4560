// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/outside/record_batches.h"

#include <utility>

#include "thalweg/columnar/formats/parquet_reader.h"

namespace thalweg {
namespace {

class DecodedLines final : public RecordBatches {
 public:
  DecodedLines(const std::string& address, std::unique_ptr<TextBlocks> blocks,
               std::unique_ptr<RecordDecoder> decoder, TaskContext& context,
               std::vector<DeadLetter>& letters)
      : address_(address),
        blocks_(std::move(blocks)),
        decoder_(std::move(decoder)),
        context_(context),
        letters_(letters) {}

  Result<Batch> next() override {
    Batch batch;
    while (batch.empty()) {
      const char* begin = nullptr;
      const char* end = nullptr;
      THALWEG_TRY(blocks_->next(&begin, &end));
      if (begin == end) break;
      std::string_view bytes(begin, static_cast<std::size_t>(end - begin));
      offset_ = blocks_->offset_of(begin);
      auto decoded = decoder_->decode({nullptr, bytes});
      if (!decoded.ok())
        return decoded.status().within(address_ + " offset=" + std::to_string(offset_));
      for (auto& rejected : decoded.value().rejected) {
        letters_.push_back({address_, "offset=" + std::to_string(offset_ + rejected.offset),
                            std::move(rejected.reason),
                            std::string(bytes.substr(rejected.offset, rejected.length))});
      }
      batch = std::move(decoded.value().batch);
      context_.records_read +=
          static_cast<std::int64_t>(batch.row_count() + decoded.value().rejected.size());
    }
    return batch;
  }
  [[nodiscard]] std::string position_of(std::size_t row) const override {
    return "offset=" + std::to_string(offset_) + ";row=" + std::to_string(row);
  }

 private:
  const std::string& address_;
  const std::unique_ptr<TextBlocks> blocks_;
  const std::unique_ptr<RecordDecoder> decoder_;
  TaskContext& context_;
  std::vector<DeadLetter>& letters_;
  std::uint64_t offset_ = 0;
};

class ParquetBatches final : public RecordBatches {
 public:
  ParquetBatches(const FileSplit& split, bool fails_fast, TaskContext& context,
                 std::vector<DeadLetter>& letters)
      : split_(split), fails_fast_(fails_fast), context_(context), letters_(letters) {}

  Status open(const Schema& wanted) {
    THALWEG_TRY_ASSIGN(std::shared_ptr<ReadableFile> file,
                       split_.file.system->open_read(split_.file.path));
    THALWEG_TRY_ASSIGN(std::uint64_t size_bytes, file->size_bytes());
    auto opened = open_parquet(file, split_.address, wanted);
    // The splits of a file are one dead letter.
    if (!opened.ok()) return set_aside(opened.status(), split_.begin == 0);
    reader_ = std::move(opened).value();
    groups_ = groups_between(*reader_, size_bytes, split_.begin, split_.end);
    return {};
  }

  Result<Batch> next() override {
    while (rows_ != nullptr || next_group_ < groups_.size()) {
      if (context_.cancelled()) return job_stopped();
      row_ += row_count_;
      row_count_ = 0;
      auto batch = read();
      if (!batch.ok()) {
        THALWEG_TRY(set_aside(batch.status(), true));
        rows_.reset();
      } else if (batch.value().empty()) {
        rows_.reset();
      } else {
        row_count_ = batch.value().row_count();
        context_.records_read += static_cast<std::int64_t>(row_count_);
        return batch;
      }
    }
    return Batch();
  }
  [[nodiscard]] std::string position_of(std::size_t row) const override {
    return "group=" + std::to_string(group_) + ";row=" + std::to_string(row_ + row);
  }

 private:
  /// The next rows of the group that is read, or of the next one.
  Result<Batch> read() {
    if (rows_ == nullptr) {
      group_ = groups_[next_group_++];
      row_ = 0;
      THALWEG_TRY_ASSIGN(rows_, reader_->read_group(group_));
    }
    return rows_->next();
  }

  Status set_aside(const Status& why, bool says) {
    if (!blames_file(why) || fails_fast_) return why;
    if (says) {
      ++context_.records_read;
      letters_.push_back({split_.address, position_of(0), std::string(why.message()), ""});
    }
    return {};
  }

  const FileSplit& split_;
  const bool fails_fast_;
  TaskContext& context_;
  std::vector<DeadLetter>& letters_;
  std::unique_ptr<ParquetReader> reader_;
  std::vector<int> groups_;
  std::size_t next_group_ = 0;
  int group_ = 0;
  std::size_t row_ = 0;  ///< Of the group, where the last batch begins.
  std::size_t row_count_ = 0;
  std::unique_ptr<ParquetRows> rows_;
};

}  // namespace

Result<std::unique_ptr<RecordBatches>> open_record_batches(
    const FileSplit& split, const std::string& format, const Schema& wanted,
    const DecoderOptions& options, TaskContext& context, std::vector<DeadLetter>& letters) {
  if (format == "parquet") {
    auto batches = std::make_unique<ParquetBatches>(split, options.mode == ParseMode::fail_fast,
                                                    context, letters);
    THALWEG_TRY(batches->open(wanted));
    return std::unique_ptr<RecordBatches>(std::move(batches));
  }
  THALWEG_TRY_ASSIGN(auto blocks, open_text_blocks(split, context, letters));
  THALWEG_TRY_ASSIGN(auto decoder, make_decoder(format, wanted, options));
  return std::unique_ptr<RecordBatches>(std::make_unique<DecodedLines>(
      split.address, std::move(blocks), std::move(decoder), context, letters));
}

Status check_record_format(const std::string& format, const Schema& wanted,
                           const DecoderOptions& options) {
  if (format == "parquet") return check_parquet();
  THALWEG_TRY_ASSIGN(auto decoder, make_decoder(format, wanted, options));
  if (decoder->is_line_wise()) return {};
  return {ErrorCode::invalid_argument, "record_files: a record of " + format +
                                           " is not a line here; read a stream of \"files\" "
                                           "instead"};
}

}  // namespace thalweg
