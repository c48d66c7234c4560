// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/common/record.h"
#include "thalweg/rdd/row_list.h"

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
    for (std::uint32_t i = 0; i < size; ++i) {
      if (inplace[i] != other[i]) return false;
    }
    return true;
  }

  [[nodiscard]] const char* pointer() const {
    const char* copy;
    std::memcpy(&copy, inplace + 4, sizeof copy);
    return copy;
  }
};

/// Values by key, in the order in which the keys first came: so what a table yields depends on its
/// input only, not on its size or its past. Open addressing over an index of 8-byte words (half of
/// the hash and the entry's number); entries lie densely in their order.
///
/// One thread. Holds up to 2^32 - 2 keys.
template <Record K, typename V>
class KeyedTable {
 public:
  struct Entry {
    HeldKey<K> key;
    V value;
  };

  explicit KeyedTable(std::size_t expected_keys = 0) {
    std::size_t slots = 64;
    while (slots < expected_keys * 2) slots *= 2;
    index_.assign(slots, 0);
    mask_ = slots - 1;
  }

  /// The value of `key`, made by `make()` where the key is new.
  template <typename Make, typename Merge>
  void upsert(const K& key, std::uint64_t hash, Make&& make, Merge&& merge) {
    std::uint64_t tag = hash << 32;
    std::size_t slot = hash & mask_;
    while (true) {
      std::uint64_t word = index_[slot];
      if (word == 0) break;
      if ((word ^ tag) >> 32 == 0) {
        Entry& entry = entries_[(word & 0xFFFFFFFFU) - 1];
        if (entry.key.equals(key)) {
          merge(entry.value);
          return;
        }
      }
      slot = (slot + 1) & mask_;
    }
    entries_.emplace_back(Entry{HeldKey<K>(key, arena_), make()});
    index_[slot] = tag | entries_.size();
    if (entries_.size() * 2 > index_.size()) grow();
  }

  /// The value of `key`, or null.
  V* find(const K& key, std::uint64_t hash) {
    std::uint64_t tag = hash << 32;
    for (std::size_t slot = hash & mask_;; slot = (slot + 1) & mask_) {
      std::uint64_t word = index_[slot];
      if (word == 0) return nullptr;
      if ((word ^ tag) >> 32 != 0) continue;
      Entry& entry = entries_[(word & 0xFFFFFFFFU) - 1];
      if (entry.key.equals(key)) return &entry.value;
    }
  }

  /// Whether the index is so large that looking ahead pays.
  [[nodiscard]] bool is_large() const { return index_.size() > 1U << 14; }
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&index_[hash & mask_]); }
  void prefetch_entry(std::uint64_t hash) const {
    std::uint64_t word = index_[hash & mask_];
    if (word != 0) __builtin_prefetch(&entries_[(word & 0xFFFFFFFFU) - 1]);
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  RowList<Entry>& entries() { return entries_; }
  const RowList<Entry>& entries() const { return entries_; }
  Arena& arena() { return arena_; }

  /// Memory held, in bytes, without what values hold on the heap.
  [[nodiscard]] std::size_t bytes() const {
    return index_.size() * sizeof(std::uint64_t) + entries_.capacity() * sizeof(Entry) +
           arena_.bytes();
  }

  /// Copies the bytes that live values view into a fresh arena; for values with views that were
  /// replaced many times.
  void compact_values() {
    if constexpr (has_views<V>) {
      Arena fresh;
      for (Entry& entry : entries_) {
        K key = entry.key.get();
        entry.key = HeldKey<K>(key, fresh);
        RecordTraits<V>::adopt(entry.value, fresh);
      }
      arena_ = std::move(fresh);
    }
  }

 private:
  void grow() {
    std::vector<std::uint64_t> old(index_.size() * 2, 0);
    old.swap(index_);
    mask_ = index_.size() - 1;
    for (std::uint64_t word : old) {
      if (word == 0) continue;
      std::size_t slot = (word >> 32) & mask_;
      while (index_[slot] != 0) slot = (slot + 1) & mask_;
      index_[slot] = word;
    }
  }

  std::vector<std::uint64_t> index_;
  std::size_t mask_ = 0;
  RowList<Entry> entries_;
  Arena arena_;
};

}  // namespace thalweg
