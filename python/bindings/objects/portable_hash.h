// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "bindings/objects/gil.h"

namespace thalweg::python {

/// The hash that PySpark divides keys by: None is 0, a tuple is put together from its items, all
/// else is Python's own hash as it is with PYTHONHASHSEED=0: the same in every process for numbers,
/// str and bytes, and tuples of these.
///
/// Equal keys have equal hashes. Errors: throws PyError(TypeError) for what can't be hashed.
/// REQUIRES: the interpreter lock.
/// Source: pyspark.rdd.portable_hash.
Py_hash_t portable_hash(PyObject* key);

/// SipHash-1-3 with a key of zeros: how CPython hashes the bytes of str and bytes when its seed is
/// 0. Source: PEP 456; J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF".
std::uint64_t siphash13(const void* bytes, std::size_t size);

}  // namespace thalweg::python
