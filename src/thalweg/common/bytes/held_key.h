// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "thalweg/common/bytes/arena.h"
#include "thalweg/common/record.h"

namespace thalweg {

/// How a table holds a key of type K: as it is, with viewed bytes copied into the table's arena.
template <typename K>
struct HeldKey {
  K key;
  HeldKey(const K& from, Arena& arena) : key(from) {
    if constexpr (has_views<K>) RecordTraits<K>::adopt(key, arena);
  }
  [[nodiscard]] bool equals(const K& other) const { return RecordTraits<K>::equal(key, other); }
  [[nodiscard]] const K& get() const { return key; }
};

/// Text in 16 bytes: up to 12 bytes lie in place, so that most words are compared without following
/// a pointer; longer text has its first 4 bytes here and the rest in the arena.
template <>
struct HeldKey<std::string_view> {
  HeldKey(std::string_view from, Arena& arena) : size(static_cast<std::uint32_t>(from.size())) {
    if (from.size() <= sizeof inplace) {
      std::memset(inplace, 0, sizeof inplace);
      std::memcpy(inplace, from.data(), from.size());
    } else {
      std::memcpy(inplace, from.data(), 4);
      const char* copy = arena.copy(from).data();
      std::memcpy(inplace + 4, &copy, sizeof copy);
    }
  }

  [[nodiscard]] bool equals(std::string_view other) const {
    if (other.size() != size) return false;
    if (size <= sizeof inplace) return equal_short(other.data());
    return std::memcmp(inplace, other.data(), 4) == 0 &&
           std::memcmp(pointer() + 4, other.data() + 4, size - 4) == 0;
  }

  /// Valid as long as the table, and while this key does not move.
  [[nodiscard]] std::string_view get() const {
    return {size <= sizeof inplace ? inplace : pointer(), size};
  }

  std::uint32_t size;
  char inplace[12];

 private:
  /// Two loads a side in place of a call.
  [[nodiscard]] bool equal_short(const char* other) const {
    if (size >= 8) {
      return load_little_endian_64(inplace) == load_little_endian_64(other) &&
             load_little_endian_64(inplace + size - 8) == load_little_endian_64(other + size - 8);
    }
    if (size >= 4) {
      return load_little_endian_32(inplace) == load_little_endian_32(other) &&
             load_little_endian_32(inplace + size - 4) == load_little_endian_32(other + size - 4);
    }
    // The first, the middle and the last byte are all of up to three.
    return size == 0 || ((inplace[0] ^ other[0]) | (inplace[size / 2] ^ other[size / 2]) |
                         (inplace[size - 1] ^ other[size - 1])) == 0;
  }

  [[nodiscard]] const char* pointer() const {
    const char* copy;
    std::memcpy(&copy, inplace + 4, sizeof copy);
    return copy;
  }
};

}  // namespace thalweg
