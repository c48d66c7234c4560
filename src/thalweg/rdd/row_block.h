// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/common/bytes/row_list.h"
#include "thalweg/common/record.h"
#include "thalweg/rdd/chunk.h"
#include "thalweg/runtime/block_store.h"
#include "thalweg/runtime/task_context.h"

namespace thalweg {

/// Something that is kept because rows view it, whatever its type.
class AnyHeld {
 public:
  AnyHeld() = default;
  virtual ~AnyHeld();
  AnyHeld(const AnyHeld&) = delete;
  AnyHeld& operator=(const AnyHeld&) = delete;
};

template <typename T>
class Held final : public AnyHeld {
 public:
  explicit Held(T from) : value(std::move(from)) {}
  T value;
};

/// The same in shared ownership, by code that is compiled once.
std::shared_ptr<const AnyHeld> own_held(const AnyHeld* held);

/// What blocks of rows have in common, whatever the type of the rows: the memory that these view.
class AnyRowBlock : public Block {
 public:
  AnyRowBlock();
  ~AnyRowBlock() override;

  /// Memory that rows view and that lives as long as the block; `bytes` of it are counted here.
  void keep(std::shared_ptr<const void> memory, std::size_t bytes);

 protected:
  [[nodiscard]] std::size_t view_bytes() const { return arena_.bytes() + heap_bytes_; }
  Arena& arena() { return arena_; }
  void add_heap_bytes(std::size_t bytes) { heap_bytes_ += bytes; }

 private:
  Arena arena_;
  std::vector<std::shared_ptr<const void>> kept_;
  std::size_t heap_bytes_ = 0;
};

/// A block in shared ownership.
std::shared_ptr<Block> own_block(Block* block);
/// Takes so many rows from `in`, or as many as it has, into a block that keeps their bytes.
/// `count_max`: how many there can be at most.
using AppendDecoded = void (*)(Block& block, Decoder& in, std::uint64_t count,
                               std::size_t count_max);
/// The rows whose byte form this is, taken by `append` into `block`, which is empty and owned from
/// now on. `has_views`: they view `bytes`, which the block keeps then.
/// Errors: data_loss where it ends early or is malformed.
Result<std::shared_ptr<const Block>> decode_block(AnyRowBlock* block, std::string&& bytes,
                                                  AppendDecoded append, bool has_views);

template <typename T>
class RowBlock;

/// A block that is known to hold rows of type T.
template <typename T>
RowBlock<T>& block_of(Block& block) {
  return static_cast<RowBlock<T>&>(block);
}

/// Rows that are held longer than their chunk: cached, shuffled, sorted, grouped. Owns every byte
/// its rows view.
///
/// Thread safety: built by one thread, then read by any number.
template <typename T>
class RowBlock final : public AnyRowBlock {
 public:
  /// Takes the rows of a chunk: moved where nobody else reads them, else copied; viewed bytes are
  /// copied into the block.
  void append(const Chunk<T>& chunk) {
    ChunkScope<T> scope;
    if (std::size_t needed = rows_.size() + chunk.size(); needed > rows_.capacity()) {
      rows_.reserve(std::max(needed, 2 * rows_.capacity()));
    }
    for (std::size_t i = 0; i < chunk.size(); ++i) append_from(chunk, i);
  }

  /// Takes one row of a chunk, in the same way. Within a ChunkScope.
  /// Not inlined: it is the same code for whatever divides rows among blocks.
  [[gnu::noinline]] void append_from(const Chunk<T>& chunk, std::size_t i) {
    if constexpr (!std::is_trivially_move_constructible_v<T>) {
      if (chunk.movable()) return append_row(std::move(chunk.mutable_row(i)));
    }
    append_row(chunk[i]);
  }

  template <typename Row>
  void append_row(Row&& row) {
    T& held = rows_.emplace_back(std::forward<Row>(row));
    if constexpr (has_views<T>) RecordTraits<T>::adopt(held, arena());
    if constexpr (Record<T> && !std::is_trivially_copyable_v<T>) {
      add_heap_bytes(RecordTraits<T>::heap_bytes(held));
    }
  }

  /// Takes a row whose views already point into memory given to keep().
  template <typename Row>
  void append_kept_row(Row&& row) {
    T& held = rows_.emplace_back(std::forward<Row>(row));
    if constexpr (Record<T> && !std::is_trivially_copyable_v<T>) {
      add_heap_bytes(RecordTraits<T>::heap_bytes(held));
    }
  }

  void reserve(std::size_t rows) { rows_.reserve(rows); }
  [[nodiscard]] const RowList<T>& rows() const { return rows_; }
  RowList<T>& mutable_rows() { return rows_; }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

  [[nodiscard]] std::size_t bytes() const override {
    return rows_.capacity() * sizeof(T) + view_bytes();
  }

  /// Writes the rows in their byte form (docs/formats/records.md).
  void encode(Encoder& out) const requires Record<T> {
    ChunkScope<T> scope;
    out.put_length(rows_.size());
    for (const T& row : rows_) RecordTraits<T>::encode(row, out);
  }

  /// Reads what encode() wrote; views point into `bytes`, which the block keeps.
  static Result<std::shared_ptr<const Block>> decode(std::string&& bytes) requires Record<T> {
    auto append = [](Block& block, Decoder& in, std::uint64_t count, std::size_t count_max) {
      ChunkScope<T> scope;
      auto& rows = block_of<T>(block);
      rows.reserve(std::min<std::uint64_t>(count, count_max));
      for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
        rows.append_kept_row(RecordTraits<T>::decode(in));
      }
    };
    return decode_block(new RowBlock<T>(), std::move(bytes), append, has_views<T>);
  }

 private:
  RowList<T> rows_;
};

/// An empty block of rows of T; block_of<T>() gives access to them. Blocks of all types have one
/// type of pointer, which is compiled once.
template <typename T>
std::shared_ptr<Block> make_block() {
  return own_block(new RowBlock<T>());
}

/// The rows of a block that is known to hold rows of type T. Valid as long as the block.
template <typename T>
const RowList<T>& rows_of(const Block& block) {
  return static_cast<const RowBlock<T>&>(block).rows();
}

/// The byte form of blocks of T; null where T has none.
template <typename T>
const BlockCodec* row_codec() {
  if constexpr (Record<T>) {
    static constexpr BlockCodec codec{[](const Block& block, Encoder& out) {
                                        static_cast<const RowBlock<T>&>(block).encode(out);
                                      },
                                      RowBlock<T>::decode};
    return &codec;
  } else {
    return nullptr;
  }
}

/// Hands out the rows of a block, which it keeps alive. The rows are not copied.
template <typename T>
class BlockCursor final : public Cursor<T> {
 public:
  BlockCursor(std::shared_ptr<const Block> block, const TaskContext& context)
      : block_(std::move(block)), rows_(rows_of<T>(*block_)), context_(context) {}

  Result<Chunk<T>> next() override {
    if (context_.cancelled()) return job_stopped();
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
Status hold_all(Cursor<T>& cursor, RowBlock<T>& block) {
  while (true) {
    THALWEG_TRY_ASSIGN(Chunk<T> chunk, cursor.next());
    if (chunk.empty()) return {};
    block.append(chunk);
  }
}

}  // namespace thalweg
