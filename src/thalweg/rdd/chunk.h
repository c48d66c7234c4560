// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "thalweg/common/bytes/row_memory.h"
#include "thalweg/common/status.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

namespace thalweg {

/// Rows handed on in one call. Small enough that what a chunk touches stays in the nearest caches.
inline constexpr std::size_t chunk_rows_max = 1024;

/// Some rows on their way through the operators of a task: a pointer to where they lie and, after
/// a filter, which of them are meant. It owns nothing. The rows, and what they view, are valid
/// until the cursor that handed the chunk out is asked again.
template <typename T>
class Chunk {
 public:
  Chunk() = default;
  /// `movable`: nobody else reads the rows, so that whoever keeps them may move them away.
  Chunk(T* rows, std::size_t size, bool movable)
      : rows_(rows), size_(static_cast<std::uint32_t>(size)), movable_(movable) {}
  Chunk(T* rows, const std::uint16_t* selection, std::size_t size, bool movable)
      : rows_(rows),
        selection_(selection),
        size_(static_cast<std::uint32_t>(size)),
        movable_(movable) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool movable() const { return movable_; }

  /// REQUIRES: index < size().
  [[nodiscard]] std::size_t place(std::size_t index) const {
    return selection_ == nullptr ? index : selection_[index];
  }
  const T& operator[](std::size_t index) const { return rows_[place(index)]; }
  /// REQUIRES: movable().
  T& mutable_row(std::size_t index) const { return rows_[place(index)]; }

  /// Row 0 of those the selection picks from.
  [[nodiscard]] T* rows() const { return rows_; }
  [[nodiscard]] const std::uint16_t* selection() const { return selection_; }

  /// Only the first `size` rows.
  [[nodiscard]] Chunk first(std::size_t size) const {
    Chunk part = *this;
    part.size_ = static_cast<std::uint32_t>(std::min<std::size_t>(size, size_));
    return part;
  }

 private:
  T* rows_ = nullptr;
  const std::uint16_t* selection_ = nullptr;
  std::uint32_t size_ = 0;
  bool movable_ = false;
};

/// Where an operator builds the rows of its next chunk. Rows stay at fixed addresses until clear();
/// under AddressSanitizer cleared rows are poisoned, so that who looks at them later is caught.
template <typename T>
class ChunkBuffer {
 public:
  ChunkBuffer() : rows_(allocate_rows<T>(chunk_rows_max)) { poison(); }
  ChunkBuffer(const ChunkBuffer&) = delete;
  ChunkBuffer& operator=(const ChunkBuffer&) = delete;
  ~ChunkBuffer() {
    destroy_rows(rows_, size_);
    unpoison(chunk_rows_max);
    free_rows(rows_);
  }

  /// Destroys the rows of the last chunk.
  void clear() {
    destroy_rows(rows_, size_);
    size_ = 0;
    poison();
  }

  /// REQUIRES: !full().
  template <typename... Arguments>
  void emplace(Arguments&&... arguments) {
    unpoison(size_ + 1);
    ::new (static_cast<void*>(rows_ + size_)) T(std::forward<Arguments>(arguments)...);
    ++size_;
  }

  /// Room for `size` rows that are built in place, for types that need no constructor; set_size()
  /// says how many there are.
  T* raw() {
    unpoison(chunk_rows_max);
    return rows_;
  }
  void set_size(std::size_t size) { size_ = size; }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return size_ == chunk_rows_max; }
  [[nodiscard]] Chunk<T> chunk() { return Chunk<T>(rows_, size_, true); }

 private:
#if defined(__SANITIZE_ADDRESS__)
  void poison() { ASAN_POISON_MEMORY_REGION(rows_, chunk_rows_max * sizeof(T)); }
  void unpoison(std::size_t rows) { ASAN_UNPOISON_MEMORY_REGION(rows_, rows * sizeof(T)); }
#else
  void poison() {}
  void unpoison(std::size_t) {}
#endif

  T* rows_;
  std::size_t size_ = 0;
};

/// Pulls one partition, chunk by chunk. One thread; made and used within a task.
template <typename T>
class Cursor {
 public:
  virtual ~Cursor() = default;
  /// The next rows; empty at the end, and then always. Ends the validity of the chunk before.
  /// Errors: what the parents report; user_error when a user's function threw; cancelled.
  virtual Result<Chunk<T>> next() = 0;
};

/// Owns a cursor, or nothing. As std::unique_ptr, which would be some forty functions more for each
/// type of row that a program has.
template <typename T>
class CursorPointer {
 public:
  CursorPointer() = default;
  explicit CursorPointer(Cursor<T>* cursor) : cursor_(cursor) {}
  CursorPointer(CursorPointer&& other) noexcept : cursor_(std::exchange(other.cursor_, nullptr)) {}
  CursorPointer& operator=(CursorPointer&& other) noexcept {
    std::swap(cursor_, other.cursor_);
    return *this;
  }
  ~CursorPointer() { delete cursor_; }
  Cursor<T>& operator*() const { return *cursor_; }
  Cursor<T>* operator->() const { return cursor_; }
  bool operator==(std::nullptr_t) const { return cursor_ == nullptr; }
  void reset(Cursor<T>* cursor = nullptr) { delete std::exchange(cursor_, cursor); }

 private:
  Cursor<T>* cursor_ = nullptr;
};

}  // namespace thalweg
