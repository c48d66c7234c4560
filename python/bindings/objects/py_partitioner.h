// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "bindings/objects/py_record.h"
#include "thalweg/rdd/partitioner.h"

namespace thalweg::python {

/// Divides keys as PySpark does: `function(key) % count`, the function being portable_hash() where
/// there is none. Two are the same where count and function are.
class PyPartitioner final : public Partitioner<PyRef> {
 public:
  /// Errors: throws Error(invalid_argument) for a count below 1.
  PyPartitioner(int count, PyRef function);

  [[nodiscard]] int partition_of(const PyRef& key, std::uint64_t hash) const override;
  [[nodiscard]] bool same_as(const AnyPartitioner& other) const override;
  /// Null for portable_hash().
  [[nodiscard]] const PyRef& function() const { return function_; }

 private:
  const PyRef function_;
};

using PartitionerPointer = std::shared_ptr<const PyPartitioner>;

/// A copy that the engine may keep.
inline PartitionerPointer shared(const PyPartitioner& partitioner) {
  return std::make_shared<const PyPartitioner>(partitioner);
}

}  // namespace thalweg::python
