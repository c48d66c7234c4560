// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bindings/objects/py_function.h"
#include "bindings/objects/py_partitioner.h"
#include "bindings/objects/py_record.h"
#include "thalweg/dstream/dstream.h"

namespace thalweg::python {

// The operators on streams of Python objects. What they do is said in python/thalweg/_engine.pyi.

using PyStream = DStream<PyRef>;

PyStream transform(const std::vector<PyStream>& streams, PyRef function, const std::string& kind);

PyStream union_of_streams(const std::vector<PyStream>& streams);

/// The functions of a window by key; without an inverse the window is added up anew each time.
struct WindowFunctions {
  PyFunction function;
  std::optional<PyFunction> inverse;
  std::optional<PyFunction> keep;
};

PyStream reduce_by_key_and_window(const PyStream& stream, const WindowFunctions& functions,
                                  WindowSize size, const PartitionerPointer& partitioner);

PyStream update_state_by_key(const PyStream& stream, PyFunction function,
                             const PartitionerPointer& partitioner,
                             const std::optional<PyRdd>& initial);

void for_each_rdd(const PyStream& stream, PyRef function, const std::string& kind);

}  // namespace thalweg::python
