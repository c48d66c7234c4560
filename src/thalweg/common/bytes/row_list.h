// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include "thalweg/common/bytes/row_memory.h"

namespace thalweg {

/// A growing array of rows, without std::vector's exception for bool and without initialising what
/// is not used yet. Rows move when it grows.
template <typename T>
class RowList {
 public:
  RowList() = default;
  RowList(RowList&& other) noexcept
      : rows_(std::exchange(other.rows_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  RowList& operator=(RowList&& other) noexcept {
    std::swap(rows_, other.rows_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~RowList() {
    destroy_rows(rows_, size_);
    free_rows(rows_);
  }

  template <typename... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    if (size_ == capacity_) grow();
    T* row = ::new (static_cast<void*>(rows_ + size_)) T(std::forward<Arguments>(arguments)...);
    ++size_;
    return *row;
  }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    T* rows = allocate_rows<T>(capacity);
    move_rows(rows_, size_, rows);
    free_rows(rows_);
    rows_ = rows;
    capacity_ = capacity;
  }

  void clear() {
    destroy_rows(rows_, size_);
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  T* data() { return rows_; }
  const T* data() const { return rows_; }
  T& operator[](std::size_t index) { return rows_[index]; }
  const T& operator[](std::size_t index) const { return rows_[index]; }
  T* begin() { return rows_; }
  T* end() { return rows_ + size_; }
  const T* begin() const { return rows_; }
  const T* end() const { return rows_ + size_; }

 private:
  /// Not inlined: it is rare, and rows are added in many places.
  [[gnu::noinline]] void grow() { reserve(capacity_ == 0 ? 16 : capacity_ * 2); }

  T* rows_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace thalweg
