// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/record.h"
#include "thalweg/rdd/chunk.h"
#include "thalweg/rdd/row_list.h"
#include "thalweg/runtime/block_store.h"
#include "thalweg/runtime/task_context.h"

namespace thalweg {

/// Rows that are held longer than their chunk: cached, shuffled, sorted, grouped. Owns every byte
/// its rows view.
///
/// Thread safety: built by one thread, then read by any number.
template <typename T>
class RowBlock final : public Block {
 public:
  /// Takes the rows of a chunk: moved where nobody else reads them, else copied; viewed bytes are
  /// copied into the block.
  void append(const Chunk<T>& chunk) {
    ChunkScope<T> scope;
    if (std::size_t needed = rows_.size() + chunk.size(); needed > rows_.capacity()) {
      rows_.reserve(std::max(needed, 2 * rows_.capacity()));
    }
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      if (chunk.movable()) {
        append_row(std::move(chunk.mutable_row(i)));
      } else {
        append_row(chunk[i]);
      }
    }
  }

  template <typename Row>
  void append_row(Row&& row) {
    T& held = rows_.emplace_back(std::forward<Row>(row));
    if constexpr (has_views<T>) RecordTraits<T>::adopt(held, arena_);
    if constexpr (Record<T> && !std::is_trivially_copyable_v<T>) {
      heap_bytes_ += RecordTraits<T>::heap_bytes(held);
    }
  }

  /// Takes a row whose views already point into memory given to keep().
  template <typename Row>
  void append_kept_row(Row&& row) {
    T& held = rows_.emplace_back(std::forward<Row>(row));
    if constexpr (Record<T> && !std::is_trivially_copyable_v<T>) {
      heap_bytes_ += RecordTraits<T>::heap_bytes(held);
    }
  }

  /// Memory that rows view and that lives as long as the block; `bytes` of it are counted here.
  void keep(std::shared_ptr<const void> memory, std::size_t bytes) {
    kept_.push_back(std::move(memory));
    heap_bytes_ += bytes;
  }

  void reserve(std::size_t rows) { rows_.reserve(rows); }
  [[nodiscard]] const RowList<T>& rows() const { return rows_; }
  RowList<T>& mutable_rows() { return rows_; }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

  [[nodiscard]] std::size_t bytes() const override {
    return rows_.capacity() * sizeof(T) + arena_.bytes() + heap_bytes_;
  }

  bool encode(Encoder& out) const override {
    if constexpr (Record<T>) {
      ChunkScope<T> scope;
      out.put_length(rows_.size());
      for (const T& row : rows_) RecordTraits<T>::encode(row, out);
      return true;
    } else {
      return false;
    }
  }

  /// Reads what encode() wrote; views point into `bytes`, which the block keeps.
  static Result<std::shared_ptr<const Block>> decode(std::string bytes) requires Record<T> {
    ChunkScope<T> scope;
    auto block = std::make_shared<RowBlock<T>>();
    auto memory = std::make_shared<const std::string>(std::move(bytes));
    Decoder decoder(*memory);
    std::uint64_t count = decoder.get_length();
    block->rows_.reserve(std::min<std::uint64_t>(count, memory->size()));
    for (std::uint64_t i = 0; i < count && !decoder.failed(); ++i) {
      block->append_kept_row(RecordTraits<T>::decode(decoder));
    }
    if (decoder.failed()) {
      return Status(ErrorCode::data_loss,
                    "block of " + std::to_string(count) + " records ends early or is malformed");
    }
    if constexpr (has_views<T>) block->keep(memory, memory->size());
    return std::shared_ptr<const Block>(std::move(block));
  }

  static BlockStore::DecodeFunction decoder() {
    if constexpr (Record<T>) {
      return [](std::string bytes) { return decode(std::move(bytes)); };
    } else {
      return nullptr;
    }
  }

 private:
  RowList<T> rows_;
  Arena arena_;
  std::vector<std::shared_ptr<const void>> kept_;
  std::size_t heap_bytes_ = 0;
};

/// Hands out the rows of a block, which it keeps alive. The rows are not copied.
template <typename T>
class BlockCursor final : public Cursor<T> {
 public:
  BlockCursor(std::shared_ptr<const Block> block, const TaskContext& context)
      : block_(std::move(block)),
        rows_(static_cast<const RowBlock<T>&>(*block_).rows()),
        context_(context) {}

  Result<Chunk<T>> next() override {
    if (context_.cancelled()) return Status(ErrorCode::cancelled, "the job was stopped");
    std::size_t size = std::min(chunk_rows_max, rows_.size() - next_);
    // Not movable: the block may be read by others, so nobody writes through this pointer.
    Chunk<T> chunk(const_cast<T*>(rows_.data()) + next_, size, false);
    next_ += size;
    return chunk;
  }

 private:
  std::shared_ptr<const Block> block_;
  const RowList<T>& rows_;
  const TaskContext& context_;
  std::size_t next_ = 0;
};

/// Reads a cursor to its end into a block.
template <typename T>
Result<std::shared_ptr<RowBlock<T>>> hold_all(Cursor<T>& cursor) {
  auto block = std::make_shared<RowBlock<T>>();
  while (true) {
    THALWEG_TRY_ASSIGN(Chunk<T> chunk, cursor.next());
    if (chunk.empty()) return block;
    block->append(chunk);
  }
}

}  // namespace thalweg
