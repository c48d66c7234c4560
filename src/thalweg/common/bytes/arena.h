// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace thalweg {

/// Memory that is taken in small pieces and given back all at once. Whoever holds records longer
/// than their chunk copies the bytes they view into one of these.
///
/// Pieces stay where they are as long as the arena (or the arena it was moved into).
/// Thread safety: one writer; what was copied may be read by anyone.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept;
  ~Arena();

  /// Copies `bytes`; the view of the copy lives as long as the arena.
  std::string_view copy(std::string_view bytes) {
    if (bytes.empty()) return {};
    char* place = allocate(bytes.size());
    std::memcpy(place, bytes.data(), bytes.size());
    return {place, bytes.size()};
  }

  /// `size` bytes, not aligned, not initialised.
  char* allocate(std::size_t size) {
    if (size > left_) grow(size);
    char* place = next_;
    next_ += size;
    left_ -= size;
    return place;
  }

  /// Memory taken from the system, in bytes.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  void clear() { *this = Arena(); }

 private:
  void grow(std::size_t size);

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace thalweg
