// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "bindings/objects/py_ref.h"
#include "bindings/objects/value_codec.h"
#include "thalweg/common/record.h"
#include "thalweg/rdd/rdd.h"

namespace thalweg {

/// Python objects as records: equality and hash are Python's (1, 1.0 and True are one key; what
/// can't be hashed raises TypeError), the text is str() of the object.
template <>
struct RecordTraits<python::PyRef> {
  using PyRef = python::PyRef;
  static constexpr bool described = true;
  static constexpr bool has_views = false;
  using Owned = PyRef;
  using Scope = python::GilHold;

  static std::uint64_t hash(const PyRef& row);
  static bool equal(const PyRef& a, const PyRef& b);
  /// Of the object alone, not of what it refers to, but for the items of tuples and lists.
  static std::size_t heap_bytes(const PyRef& row);
  static void encode(const PyRef& row, Encoder& out);
  static PyRef decode(Decoder& in);
  static void adopt(PyRef&, Arena&) {}
  /// Detached: what leaves the engine may be changed. Errors: as detached().
  static PyRef own(const PyRef& row);
  /// Bytes as they are. Errors: throws PyError where str() fails, or has lone surrogates.
  static void print(const PyRef& row, std::string& out);
  static void prefetch(const PyRef& row) { __builtin_prefetch(row.get()); }
};

}  // namespace thalweg

namespace thalweg::python {

using PyPair = std::pair<PyRef, PyRef>;
using PyRdd = RDD<PyRef>;
using PyNode = RddNode<PyRef>;

}  // namespace thalweg::python
