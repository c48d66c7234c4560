// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "bindings/objects/py_error.h"
#include "bindings/objects/py_record.h"

namespace thalweg::python {

/// The two items of a row that the operators "by key" work on: a tuple or list, or what else can be
/// unpacked into two. Errors: throws PyError, as `key, value = row` would raise. REQUIRES: the
/// lock.
PyPair unpack(PyObject* row);

/// The tuple of both. REQUIRES: the lock.
PyRef pack(PyRef first, PyRef second);

/// repr() of a record, cut to a line. REQUIRES: the lock.
std::string excerpt_of(PyObject* row);

/// unpack() as a function on rows.
struct Unpack {
  PyPair operator()(const PyRef& row) const { return unpack(row.get()); }
};
/// pack() as a function on rows.
struct Pack {
  PyRef operator()(const PyPair& pair) const { return pack(PyRef(pair.first), PyRef(pair.second)); }
};

/// The rows as pairs. The partitioner stays.
RDD<PyPair> as_pairs(const PyRdd& rdd);
/// Pairs as tuples. The partitioner stays.
PyRdd as_rows(const RDD<PyPair>& pairs);

}  // namespace thalweg::python
