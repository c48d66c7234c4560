// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/partition_count.h"

#include <string>
#include <utility>

namespace thalweg {
namespace {

/// 0 where nothing was planned by an earlier run.
thread_local int planned_count = 0;

}  // namespace

PartitionCount::PartitionCount(int asked, const Context& context)
    : count_(asked > 0 ? asked : context.default_partition_count()), asked_(asked > 0) {
  if (asked < 0) {
    throw Error(ErrorCode::invalid_argument,
                "the number of partitions must not be negative: got " + std::to_string(asked));
  }
}

PartitionCount::operator int() const {
  return asked_ || planned_count == 0 ? count_ : planned_count;
}

PlannedPartitions::PlannedPartitions(int count)
    : outer_(std::exchange(planned_count, count > 0 ? count : planned_count)) {}

PlannedPartitions::~PlannedPartitions() { planned_count = outer_; }

}  // namespace thalweg
