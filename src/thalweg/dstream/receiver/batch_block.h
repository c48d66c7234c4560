// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/columnar/batch.h"
#include "thalweg/columnar/records.h"
#include "thalweg/dstream/receiver/block_gatherer.h"
#include "thalweg/rdd/chunk.h"
#include "thalweg/rdd/node.h"
#include "thalweg/runtime/block_store.h"

namespace thalweg {

/// Batches as a connector handed them over, unread: text is cut into lines only when a task comes
/// to it.
class BatchBlock final : public Block {
 public:
  /// `offset`: of the first byte, for text: counted over all that the source delivered.
  BatchBlock(std::vector<Batch> batches, std::uint64_t offset)
      : batches_(std::move(batches)), offset_(offset) {}

  [[nodiscard]] const std::vector<Batch>& batches() const { return batches_; }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] std::size_t bytes() const override;
  /// The byte form of text; null for columns, which stay in memory.
  [[nodiscard]] const BlockCodec* codec() const;
  [[nodiscard]] static const BlockCodec* text_form();

 private:
  const std::vector<Batch> batches_;
  const std::uint64_t offset_;
};

/// Batches of a block that is being filled, for BlockGatherer.
class OpenBatches {
 public:
  void add(Batch batch);
  [[nodiscard]] bool empty() const { return batches_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  ClosedBlock close();

 private:
  std::vector<Batch> batches_;
  std::size_t bytes_ = 0;
  std::uint64_t offset_ = 0;  ///< Of the first batch, in bytes since the start.
};

/// The lines of a block of text; with `search`, only those that contain its text, or null where
/// that can't be looked for.
CursorPointer<std::string_view> open_text(std::shared_ptr<const Block> block,
                                          const std::string& source, TaskContext& context,
                                          const TextSearch* search);

/// The records of a block of columns.
template <Record T>
class RecordCursor final : public Cursor<T> {
 public:
  RecordCursor(std::shared_ptr<const Block> block, TaskContext& context)
      : block_(std::move(block)),
        batches_(static_cast<const BatchBlock&>(*block_).batches()),
        context_(context) {}

  Result<Chunk<T>> next() override {
    if (context_.cancelled()) return job_stopped();
    rows_.clear();
    while (row_ == row_count_) {
      if (next_batch_ == batches_.size()) return Chunk<T>();
      const Batch& batch = batches_[next_batch_++];
      THALWEG_TRY_ASSIGN(auto reader, BatchReader<T>::make(batch));
      reader_.emplace(std::move(reader));
      row_ = 0;
      row_count_ = batch.row_count();
    }
    std::size_t count = std::min(chunk_rows_max, row_count_ - row_);
    for (std::size_t i = 0; i < count; ++i) rows_.emplace_back();
    THALWEG_TRY(reader_->read(row_, count, rows_.data()));
    row_ += count;
    context_.records_read += static_cast<std::int64_t>(count);
    return Chunk<T>(rows_.data(), rows_.size(), true);
  }

 private:
  std::shared_ptr<const Block> block_;
  const std::vector<Batch>& batches_;
  TaskContext& context_;
  std::size_t next_batch_ = 0;
  std::optional<BatchReader<T>> reader_;
  std::size_t row_ = 0;
  std::size_t row_count_ = 0;
  RowList<T> rows_;
};

}  // namespace thalweg
