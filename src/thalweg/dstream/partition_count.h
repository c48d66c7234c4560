// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thalweg/rdd/context.h"

namespace thalweg {

/// In how many partitions an operator divides its batches: the number that the program gave, or
/// else, for each batch, the session's number of threads. A batch that an earlier run had planned
/// is divided as it was there: see PlannedPartitions.
///
/// Thread safety: all methods may be called concurrently.
class PartitionCount {
 public:
  /// `asked`: 0 where the program gave none.
  /// Errors: throws Error(invalid_argument) for a negative number.
  PartitionCount(int asked, const Context& context);

  /// For the batch that is made on this thread.
  operator int() const;  // NOLINT: it stands for the number.

 private:
  int count_;
  bool asked_;
};

/// While it lives, what this thread makes has another number of partitions wherever the program
/// gives none: that of the run which had planned the batch.
class PlannedPartitions {
 public:
  /// `count`: 0 changes nothing.
  explicit PlannedPartitions(int count);
  PlannedPartitions(const PlannedPartitions&) = delete;
  PlannedPartitions& operator=(const PlannedPartitions&) = delete;
  ~PlannedPartitions();

 private:
  const int outer_;
};

}  // namespace thalweg
