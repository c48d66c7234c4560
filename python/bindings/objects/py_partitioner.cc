// SPDX-License-Identifier: Apache-2.0
#include "bindings/objects/py_partitioner.h"

#include <string>

#include "bindings/objects/portable_hash.h"
#include "bindings/objects/py_error.h"

namespace thalweg::python {

namespace {

int checked_count(int count) {
  if (count >= 1) return count;
  throw Error(ErrorCode::invalid_argument,
              "the number of partitions must be at least 1: got " + std::to_string(count));
}

}  // namespace

PyPartitioner::PyPartitioner(int count, PyRef function)
    : Partitioner(checked_count(count)), function_(std::move(function)) {}

int PyPartitioner::partition_of(const PyRef& key, std::uint64_t) const {
  GilHold gil;
  const auto count = static_cast<Py_hash_t>(partition_count());
  if (!function_) {
    Py_hash_t rest = portable_hash(key.get()) % count;
    return static_cast<int>(rest < 0 ? rest + count : rest);
  }
  PyRef named = checked(PyObject_CallOneArg(function_.get(), key.get()));
  PyRef divisor = checked(PyLong_FromSsize_t(count));
  PyRef rest = checked(PyNumber_Remainder(named.get(), divisor.get()));
  // Python's own conversion: a function may return a float, or a number of NumPy's.
  PyRef whole = checked(PyNumber_Long(rest.get()));
  long partition = PyLong_AsLong(whole.get());
  if (partition == -1 && PyErr_Occurred() != nullptr) throw_python_error();
  return static_cast<int>(partition);
}

bool PyPartitioner::same_as(const AnyPartitioner& other) const {
  const auto* partitioner = dynamic_cast<const PyPartitioner*>(&other);
  return partitioner != nullptr && partitioner->partition_count() == partition_count() &&
         partitioner->function_.get() == function_.get();
}

}  // namespace thalweg::python
