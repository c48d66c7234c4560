// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "bindings/objects/py_record.h"
#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg::python {

/// What a Python function yields for each partition: `function(partition, rows)`, where `rows` is
/// an iterator that pulls rows as it is asked for them.
class PartitionNode final : public NarrowNode<PyRef, PyRef> {
 public:
  PartitionNode(const NodePointer<PyRef>& parent, PyRef function, bool keeps_keys,
                std::string_view kind);

 protected:
  Result<CursorPointer<PyRef>> compute(int partition, TaskContext& context) override;

 private:
  class PartitionCursor;

  const PyRef function_;
};

/// Creates the type of `rows`. Once, before the first RDD.
void define_row_iterator();

}  // namespace thalweg::python
