// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "bindings/objects/py_record.h"

namespace thalweg::python {

/// Rows that a program had in its hands, already cut into partitions: PySpark cuts them otherwise
/// than Spark does.
class PartsNode final : public PyNode {
 public:
  using Part = std::shared_ptr<const Block>;

  PartsNode(std::shared_ptr<SessionState> session, std::vector<Part> parts)
      : PyNode(std::move(session), "parallelize", {}, static_cast<int>(parts.size())),
        parts_(std::move(parts)) {}

 protected:
  Result<CursorPointer<PyRef>> compute(int partition, TaskContext& context) override {
    const auto& part = parts_[static_cast<std::size_t>(partition)];
    context.records_read += static_cast<std::int64_t>(rows_of<PyRef>(*part).size());
    return CursorPointer<PyRef>(new BlockCursor<PyRef>(part, context));
  }

 private:
  const std::vector<Part> parts_;
};

}  // namespace thalweg::python
