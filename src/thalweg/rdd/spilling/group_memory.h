// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/common/record.h"
#include "thalweg/runtime/session.h"

namespace thalweg {

/// What the values of groups take while they are collected: accounted for, and no group larger than
/// a quarter of the session's memory.
///
/// One thread.
class GroupMemory {
 public:
  explicit GroupMemory(SessionState& session);

  /// Appends a value to a group.
  template <typename V>
  void push(std::vector<V>& group, const V& value) {
    const std::size_t capacity = group.capacity();
    group.push_back(value);
    if constexpr (has_heap<V>) heap_bytes_ += RecordTraits<V>::heap_bytes(value);
    if (group.capacity() != capacity) {
      heap_bytes_ += allocated_bytes(group.capacity() * sizeof(V));
      heap_bytes_ -= std::min(heap_bytes_, allocated_bytes(capacity * sizeof(V)));
    }
    // What values own is added up only now and then: as often as the group doubles.
    if (group.size() * sizeof(V) > group_bytes_max_ ||
        (has_heap<V> && group.capacity() != capacity && bytes_of(group) > group_bytes_max_)) {
      too_large_ = true;
    }
  }

  /// The group that was appended to last is too large.
  [[nodiscard]] bool too_large() const { return too_large_; }
  /// Says so. `key`: as a person reads it.
  [[nodiscard]] Status too_large(const std::string& key) const;

  /// Accounts for the groups and a table of `table_bytes`, and has blocks make room for them.
  /// Errors: those of writing blocks to disk.
  Status charge(std::size_t table_bytes);
  /// What was accounted for last, in bytes, and what the values take that came since.
  [[nodiscard]] std::size_t bytes() const { return table_bytes_ + heap_bytes_; }
  /// Goes on as long as the groups are held. Nothing more may be charged.
  MemoryCharge take_charge() { return std::move(charge_); }

 private:
  template <typename V>
  static constexpr bool has_heap = Record<V> && !std::is_trivially_copyable_v<V>;

  template <typename V>
  static std::size_t bytes_of(const std::vector<V>& group) {
    std::size_t bytes = group.size() * sizeof(V);
    if constexpr (has_heap<V>) {
      for (const V& value : group) bytes += RecordTraits<V>::heap_bytes(value);
    }
    return bytes;
  }

  SessionState& session_;
  const std::size_t group_bytes_max_;
  MemoryCharge charge_;
  std::size_t table_bytes_ = 0;
  std::size_t heap_bytes_ = 0;
  bool too_large_ = false;
};

}  // namespace thalweg
