// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/rdd/block_file.h"
#include "thalweg/rdd/node.h"

namespace thalweg {

/// Records that save_as_object_file() wrote; a partition a file.
template <Record T>
class ObjectFileNode final : public RddNode<T> {
 public:
  ObjectFileNode(std::shared_ptr<SessionState> session, std::vector<FileLocation> files)
      : RddNode<T>(std::move(session), "object_file", {}, static_cast<int>(files.size())),
        files_(std::move(files)) {}

 protected:
  Result<CursorPointer<T>> compute(int partition, TaskContext& context) override {
    const FileLocation& file = files_[static_cast<std::size_t>(partition)];
    auto records = read_block_file(*file.system, file.path);
    if (!records.ok()) return records.status().within(this->describe());
    auto block = RowBlock<T>::decode(std::move(records).value());
    if (!block.ok()) return block.status().within(this->describe() + ": " + file.path);
    return CursorPointer<T>(new BlockCursor<T>(std::move(block).value(), context));
  }

 private:
  const std::vector<FileLocation> files_;
};

}  // namespace thalweg
