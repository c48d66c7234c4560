// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "bindings/objects/py_function.h"
#include "bindings/objects/py_partitioner.h"
#include "bindings/objects/py_record.h"

namespace thalweg::python {

// The operators by key on rows of two items. Results are tuples, in the order in which keys first
// came. What they do is said in python/thalweg/_engine.pyi.

PyRdd reduce_by_key(const PyRdd& rdd, PyFunction function, const PartitionerPointer& partitioner);

PyRdd combine_by_key(const PyRdd& rdd, PyFunction create, PyFunction add, PyFunction merge,
                     const PartitionerPointer& partitioner);

PyRdd group_by_key(const PyRdd& rdd, const PartitionerPointer& partitioner);

PyRdd partition_by(const PyRdd& rdd, const PartitionerPointer& partitioner);

/// REQUIRES: at least one RDD.
PyRdd cogroup(const std::vector<PyRdd>& rdds, const PartitionerPointer& partitioner);

/// A function of two values as the engine calls it.
struct PyFold {
  PyFunction function;
  PyRef operator()(const PyRef& first, const PyRef& second) const {
    GilHold gil;
    return function(first.get(), second.get());
  }
};

}  // namespace thalweg::python
