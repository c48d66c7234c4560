// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "bindings/objects/py_record.h"

namespace thalweg::python {

/// The rows of several parents that divide their keys alike: partition i is that of all of them,
/// one after the other, and the partitioner stays.
/// Source: Spark's PartitionerAwareUnionRDD.
class AlignedUnionNode final : public PyNode {
 public:
  using Parents = std::vector<NodePointer<PyRef>>;

  /// REQUIRES: at least one parent; all have the same partitioner.
  explicit AlignedUnionNode(Parents parents);

 protected:
  Result<CursorPointer<PyRef>> compute(int partition, TaskContext& context) override;

 private:
  class ParentsCursor;

  std::vector<PyNode*> parents_;  ///< Kept alive by the dependencies.
};

/// The rows of all of them. Errors: throws Error(invalid_argument) for none.
PyRdd union_of_rows(const std::vector<PyRdd>& rdds);

}  // namespace thalweg::python
