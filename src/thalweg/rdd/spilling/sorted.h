// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "thalweg/rdd/spilling/sorted_runs.h"

namespace thalweg {

/// Rows in order of a key, range by range.
template <typename T, typename K, typename KeyFunction, typename Less>
class SortedNode final : public RddNode<T> {
 public:
  SortedNode(const ShufflePointer<T>& shuffle, KeyFunction key, Less less, bool ascending,
             std::shared_ptr<const AnyPartitioner> partitioner)
      : RddNode<T>(shuffle, "sort"),
        shuffle_(*shuffle),
        key_(std::move(key)),
        before_{std::move(less), ascending} {
    this->set_partitioner(std::move(partitioner));
  }

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    SortedRuns<T, K, KeyFunction, Before> runs(*this, context, key_, before_);
    ShuffleReader reader(shuffle_, partition, context);
    while (true) {
      THALWEG_TRY_ASSIGN(auto block, reader.next());
      if (block == nullptr) return runs.finish();
      THALWEG_TRY(runs.add(std::move(block)));
    }
  }

 private:
  struct Before {
    Less less;
    bool ascending;
    bool operator()(const K& a, const K& b) const { return ascending ? less(a, b) : less(b, a); }
  };

  const Shuffle<T>& shuffle_;
  const KeyFunction key_;
  const Before before_;
};

}  // namespace thalweg
