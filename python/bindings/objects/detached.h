// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bindings/objects/py_ref.h"
#include "thalweg/rdd/chunk.h"

namespace thalweg::python {

/// The object itself where nobody can change it (numbers, text, None, tuples of these), else a deep
/// copy. Rows that are kept, or that a program still has in its hands, are read more than once: a
/// function that changes its argument must not change them. (PySpark pickles them each time.)
/// Errors: throws PyError where an object can't be copied. REQUIRES: the interpreter lock.
PyRef detached(PyObject* object);

/// A row of a chunk for a user's function: as it is where nobody else reads the chunk.
inline PyRef row_for_function(const Chunk<PyRef>& chunk, std::size_t index) {
  return chunk.movable() ? std::move(chunk.mutable_row(index)) : detached(chunk[index].get());
}

}  // namespace thalweg::python
