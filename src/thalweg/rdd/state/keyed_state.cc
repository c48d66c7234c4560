// SPDX-License-Identifier: Apache-2.0
#include "thalweg/rdd/state/keyed_state.h"

namespace thalweg {

AnyKeyedState::AnyKeyedState(int partition_count, int group_count)
    : partition_count_(partition_count),
      group_count_(group_count),
      mutexes_(static_cast<std::size_t>(partition_count)) {}

AnyKeyedState::~AnyKeyedState() = default;

AnyKeyedState::Groups AnyKeyedState::groups_of(int partition) const {
  // The first group g with g * partitions / groups == partition, rounded down.
  auto first = [&](std::int64_t p) {
    return static_cast<int>((p * group_count_ + partition_count_ - 1) / partition_count_);
  };
  return {first(partition), first(partition + 1)};
}

}  // namespace thalweg
