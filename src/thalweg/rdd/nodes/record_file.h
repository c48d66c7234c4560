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
#include "thalweg/rdd/outside/record_batches.h"

namespace thalweg {

/// The records of files that can be read by splits. A partition is one split. What can't be read
/// becomes a dead letter.
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
    auto batches = open_record_batches(split, format_, schema_of(RecordColumns<T>::shape()),
                                       options_, context, letters);
    if (!batches.ok()) return batches.status().within(this->describe());
    return CursorPointer<T>(new RecordCursor(split.address, std::move(batches).value(), letters));
  }

 private:
  class RecordCursor final : public Cursor<T> {
   public:
    RecordCursor(const std::string& address, std::unique_ptr<RecordBatches> batches,
                 std::vector<DeadLetter>& letters)
        : address_(address), batches_(std::move(batches)), letters_(letters) {}

    Result<Chunk<T>> next() override {
      std::size_t fitting = 0;
      while (fitting == 0) {
        if (row_ == row_count_) {
          THALWEG_TRY_ASSIGN(Batch batch, batches_->next());
          if (batch.empty()) return Chunk<T>();
          row_ = 0;
          row_count_ = batch.row_count();
          THALWEG_TRY_ASSIGN(auto reader, BatchReader<T>::make(std::move(batch)));
          reader_.emplace(std::move(reader));
        }
        fitting = read_rows(std::min(chunk_rows_max, row_count_ - row_));
      }
      return Chunk<T>(rows_.data(), fitting, true);
    }

   private:
    std::size_t read_rows(std::size_t count) {
      while (rows_.size() < count) rows_.emplace_back();
      auto refused = [&](std::size_t row, const Status& status) {
        letters_.push_back({address_, batches_->position_of(row), std::string(status.message()),
                            row_as_json(reader_->batch(), row)});
      };
      std::size_t fitting = reader_->read_fitting(row_, count, rows_.data(), refused);
      row_ += count;
      return fitting;
    }

    const std::string& address_;
    const std::unique_ptr<RecordBatches> batches_;
    std::vector<DeadLetter>& letters_;
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
