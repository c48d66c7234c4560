// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "thalweg/common/bytes/held_key.h"
#include "thalweg/common/bytes/row_list.h"
#include "thalweg/common/record.h"

namespace thalweg {

/// Whether looking at a T means following a pointer that can be followed ahead.
template <typename T>
inline constexpr bool points = requires(const T& row) {
  RecordTraits<T>::prefetch(row);
};

/// How many keys the tables of an operator had, for those that it makes next: one that begins as
/// large as it becomes need not grow, which takes a tenth of the time of counting words.
///
/// Thread safety: all methods may be called concurrently.
class TableSize {
 public:
  /// What may be expected of the next: the smaller of the last two, so that one large among many
  /// small ones costs nothing. 0 before there were two.
  [[nodiscard]] std::size_t expected() const { return std::min(last_.load(), before_.load()); }
  /// To be called with what a table had in the end.
  void note(std::size_t keys) { before_ = last_.exchange(keys); }

 private:
  std::atomic<std::size_t> last_{0};
  std::atomic<std::size_t> before_{0};
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

  /// Memory of an empty table for each key it expects, in bytes, at most.
  static constexpr std::size_t expected_bytes_max = 4 * sizeof(std::uint64_t) + 2 * sizeof(Entry);

  explicit KeyedTable(std::size_t expected_keys = 0) {
    std::size_t slots = 64;
    while (slots < expected_keys * 2) slots *= 2;
    index_.assign(slots, 0);
    mask_ = slots - 1;
    if (expected_keys > 0) entries_.reserve(slots / 2);
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
  /// What the key and the value there point to, for types that say how (RecordTraits::prefetch).
  void prefetch_pointed(std::uint64_t hash) const requires(points<K> || points<V>) {
    std::uint64_t word = index_[hash & mask_];
    if (word == 0) return;
    const Entry& entry = entries_[(word & 0xFFFFFFFFU) - 1];
    if constexpr (points<K>) RecordTraits<K>::prefetch(entry.key.get());
    if constexpr (points<V>) RecordTraits<V>::prefetch(entry.value);
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
