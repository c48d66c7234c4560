// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "thalweg/common/error.h"
#include "thalweg/common/record.h"

namespace thalweg {

/// An owned value seen as a row again. Valid as long as `value`.
template <typename T>
decltype(auto) row_of(const owned_t<T>& value) {
  if constexpr (std::same_as<T, owned_t<T>>) {
    return (value);
  } else {
    return T(value);
  }
}

/// How keys are divided among partitions, whatever their type.
class AnyPartitioner {
 public:
  explicit AnyPartitioner(int partition_count) : partition_count_(partition_count) {}
  virtual ~AnyPartitioner() = default;
  [[nodiscard]] int partition_count() const { return partition_count_; }
  /// True when equal keys go to the same partition under both: then nothing has to be shuffled.
  [[nodiscard]] virtual bool same_as(const AnyPartitioner& other) const { return this == &other; }

 protected:
  /// Throws what place() says.
  [[noreturn]] void refuse_partition(int partition) const;

 private:
  const int partition_count_;
};

/// Divides keys of type K. Subclass it for a division of your own.
///
/// Thread safety: partition_of() is called concurrently.
template <typename K>
class Partitioner : public AnyPartitioner {
 public:
  using AnyPartitioner::AnyPartitioner;
  /// A number from 0 to partition_count() - 1; the same for equal keys. `hash` is the key's hash
  /// (docs/formats/key-hash.md).
  [[nodiscard]] virtual int partition_of(const K& key, std::uint64_t hash) const = 0;

  /// partition_of(), held to its promise. Errors: throws Error(invalid_argument) when it breaks it.
  [[nodiscard]] int place(const K& key, std::uint64_t hash) const {
    int partition = partition_of(key, hash);
    if (partition < 0 || partition >= partition_count()) [[unlikely]] {
      this->refuse_partition(partition);
    }
    return partition;
  }
};

/// The partition of a key group: contiguous ranges of groups, as even as can be.
constexpr int partition_of_key_group(int group, int group_count, int partition_count) {
  return static_cast<int>(static_cast<std::int64_t>(group) * partition_count / group_count);
}

/// The key group of a hash: its top bits, scaled.
constexpr int key_group_of(std::uint64_t hash, int group_count) {
  return static_cast<int>(((hash >> 32) * static_cast<std::uint64_t>(group_count)) >> 32);
}

/// Divides keys by their hash into key groups, and these into contiguous ranges, so that state can
/// later be moved group by group. The default.
template <typename K>
class HashPartitioner final : public Partitioner<K> {
 public:
  /// More partitions than key groups would leave some empty for ever; then each group is as large
  /// as needed: the group count is raised to the partition count.
  explicit HashPartitioner(int partition_count, int key_group_count = 128)
      : Partitioner<K>(partition_count),
        key_group_count_(std::max(key_group_count, partition_count)) {}

  [[nodiscard]] int partition_of(const K&, std::uint64_t hash) const override {
    return partition_of_key_group(key_group_of(hash, key_group_count_), key_group_count_,
                                  this->partition_count());
  }

  [[nodiscard]] int key_group_count() const { return key_group_count_; }

  [[nodiscard]] bool same_as(const AnyPartitioner& other) const override {
    auto* hash = dynamic_cast<const HashPartitioner*>(&other);
    return hash != nullptr && hash->partition_count() == this->partition_count() &&
           hash->key_group_count_ == key_group_count_;
  }

 private:
  const int key_group_count_;
};

/// A partitioner in shared ownership.
std::shared_ptr<const AnyPartitioner> own_partitioner(const AnyPartitioner* partitioner);

/// A HashPartitioner, made: by code that is compiled once for all types of keys.
template <typename K>
std::shared_ptr<const Partitioner<K>> make_hash_partitioner(int partition_count,
                                                            int key_group_count) {
  return std::static_pointer_cast<const Partitioner<K>>(
      own_partitioner(new HashPartitioner<K>(partition_count, key_group_count)));
}

/// Divides keys into ranges by bounds: partition i holds the keys up to and including bounds[i].
template <typename K, typename Less = std::less<>>
class RangePartitioner final : public Partitioner<K> {
 public:
  /// `bounds`: sorted by `less`; one partition more than bounds.
  explicit RangePartitioner(std::vector<owned_t<K>> bounds, Less less = {}, bool ascending = true)
      : Partitioner<K>(static_cast<int>(bounds.size()) + 1),
        bounds_(std::move(bounds)),
        less_(std::move(less)),
        ascending_(ascending) {}

  [[nodiscard]] int partition_of(const K& key, std::uint64_t) const override {
    auto bound = std::lower_bound(
        bounds_.begin(), bounds_.end(), key,
        [&](const owned_t<K>& owned, const K& wanted) { return less_(row_of<K>(owned), wanted); });
    int partition = static_cast<int>(bound - bounds_.begin());
    return ascending_ ? partition : this->partition_count() - 1 - partition;
  }

 private:
  const std::vector<owned_t<K>> bounds_;
  const Less less_;
  const bool ascending_;
};

}  // namespace thalweg
