// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "bindings/objects/py_function.h"
#include "bindings/objects/py_record.h"
#include "thalweg/rdd/nodes/narrow.h"

namespace thalweg::python {

/// What a Python function is asked of each row.
enum class RowStep {
  map,              ///< The new row.
  filter,           ///< Whether the row stays.
  flat_map,         ///< An iterable of new rows.
  map_values,       ///< Of a pair, asked with its second item: the new second item.
  flat_map_values,  ///< The same: an iterable of second items, each for a pair of its own.
};

/// The rows that a Python function makes of those of another node, one by one.
class RowsNode final : public NarrowNode<PyRef, PyRef> {
 public:
  RowsNode(const NodePointer<PyRef>& parent, RowStep step, PyFunction function, bool keeps_keys);

 protected:
  Result<CursorPointer<PyRef>> compute(int partition, TaskContext& context) override;

 private:
  class RowsCursor;

  const RowStep step_;
  const PyFunction function_;
};

}  // namespace thalweg::python
