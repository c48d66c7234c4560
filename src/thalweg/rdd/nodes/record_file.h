// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/columnar/records.h"
#include "thalweg/common/bytes/row_list.h"
#include "thalweg/rdd/node.h"
#include "thalweg/rdd/nodes/split_blocks.h"

namespace thalweg {

/// The records of files of a format in which each line is one. A partition is one split. What can't
/// be read becomes a dead letter.
template <Record T>
class RecordFileNode final : public RddNode<T> {
 public:
  RecordFileNode(std::shared_ptr<SessionState> session, std::vector<FileSplit> splits,
                 std::string format, DecoderOptions options)
      : RddNode<T>(std::move(session), "record_files", {}, static_cast<int>(splits.size())),
        splits_(std::move(splits)),
        format_(std::move(format)),
        options_(std::move(options)) {}

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    const FileSplit& split = splits_[static_cast<std::size_t>(partition)];
    auto& letters = context.begin_letters(this->id(), partition);
    auto blocks = open_text_blocks(split, context, letters);
    if (!blocks.ok()) return blocks.status().within(this->describe());
    auto decoder = make_decoder(format_, schema_of(RecordColumns<T>::shape()), options_);
    if (!decoder.ok()) return decoder.status().within(this->describe());
    return CursorPointer<T>(std::make_unique<RecordCursor>(
        split.address, std::move(blocks).value(), std::move(decoder).value(), context, letters));
  }

 private:
  class RecordCursor final : public Cursor<T> {
   public:
    RecordCursor(const std::string& address, std::unique_ptr<TextBlocks> blocks,
                 std::unique_ptr<RecordDecoder> decoder, TaskContext& context,
                 std::vector<DeadLetter>& letters)
        : address_(address),
          blocks_(std::move(blocks)),
          decoder_(std::move(decoder)),
          context_(context),
          letters_(letters) {}

    Result<Chunk<T>> next() override {
      std::size_t fitting = 0;
      while (fitting == 0) {
        while (row_ == row_count_) {
          THALWEG_TRY_ASSIGN(bool more, decode_block());
          if (!more) return Chunk<T>();
        }
        fitting = read_rows(std::min(chunk_rows_max, row_count_ - row_));
      }
      return Chunk<T>(rows_.data(), fitting, true);
    }

   private:
    Result<bool> decode_block() {
      const char* begin = nullptr;
      const char* end = nullptr;
      THALWEG_TRY(blocks_->next(&begin, &end));
      if (begin == end) return false;
      std::string_view bytes(begin, static_cast<std::size_t>(end - begin));
      auto decoded = decoder_->decode({nullptr, bytes});
      if (!decoded.ok()) return decoded.status().within(address_ + position_of(begin));
      for (auto& rejected : decoded.value().rejected) {
        letters_.push_back({address_, position_of(begin + rejected.offset).substr(1),
                            std::move(rejected.reason),
                            std::string(bytes.substr(rejected.offset, rejected.length))});
      }
      row_ = 0;
      row_count_ = decoded.value().batch.row_count();
      context_.records_read +=
          static_cast<std::int64_t>(row_count_ + decoded.value().rejected.size());
      if (row_count_ == 0) return true;
      block_position_ = position_of(begin).substr(1);
      THALWEG_TRY_ASSIGN(auto reader, BatchReader<T>::make(std::move(decoded.value().batch)));
      reader_.emplace(std::move(reader));
      return true;
    }

    std::size_t read_rows(std::size_t count) {
      while (rows_.size() < count) rows_.emplace_back();
      auto refused = [&](std::size_t row, const Status& status) {
        letters_.push_back({address_, block_position_ + ";row=" + std::to_string(row),
                            std::string(status.message()), row_as_json(reader_->batch(), row)});
      };
      std::size_t fitting = reader_->read_fitting(row_, count, rows_.data(), refused);
      row_ += count;
      return fitting;
    }

    /// " offset=1234".
    [[nodiscard]] std::string position_of(const char* place) const {
      return " offset=" + std::to_string(blocks_->offset_of(place));
    }

    const std::string& address_;
    const std::unique_ptr<TextBlocks> blocks_;
    const std::unique_ptr<RecordDecoder> decoder_;
    TaskContext& context_;
    std::vector<DeadLetter>& letters_;
    std::string block_position_;
    std::optional<BatchReader<T>> reader_;
    std::size_t row_ = 0;
    std::size_t row_count_ = 0;
    RowList<T> rows_;
  };

  const std::vector<FileSplit> splits_;
  const std::string format_;
  const DecoderOptions options_;
};

}  // namespace thalweg
