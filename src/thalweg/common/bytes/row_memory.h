// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace thalweg {

// Memory for rows that are built and destroyed one by one. The standard's algorithms do the same,
// of a dozen functions more for each type of row, which every program would have to compile.

/// Memory for `count` rows of T, none of them built. Throws std::bad_alloc.
template <typename T>
T* allocate_rows(std::size_t count) {
  return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t(alignof(T))));
}

/// Gives memory of allocate_rows() back. The rows must be destroyed. Null is fine.
template <typename T>
void free_rows(T* rows) {
  ::operator delete(static_cast<void*>(rows), std::align_val_t(alignof(T)));
}

template <typename T>
void destroy_rows(T* rows, std::size_t count) {
  if constexpr (!std::is_trivially_destructible_v<T>) {
    for (std::size_t i = 0; i < count; ++i) rows[i].~T();
  }
}

/// Moves rows to where none are built yet; none are left where they were.
template <typename T>
void move_rows(T* from, std::size_t count, T* to) {
  if constexpr (std::is_trivially_copy_constructible_v<T> && std::is_trivially_destructible_v<T>) {
    if (count > 0) {
      std::memcpy(static_cast<void*>(to), static_cast<const void*>(from), count * sizeof(T));
    }
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      ::new (static_cast<void*>(to + i)) T(std::move(from[i]));
      from[i].~T();
    }
  }
}

}  // namespace thalweg
