// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/file_system.h"
#include "thalweg/rdd/node.h"

namespace thalweg {

/// Records of a fixed number of bytes from binary files; a partition a file. Bytes at a file's end
/// that make no whole record become a dead letter.
class FixedRecordsNode final : public RddNode<std::string_view> {
 public:
  /// REQUIRES: record_bytes > 0.
  FixedRecordsNode(std::shared_ptr<SessionState> session, std::vector<std::string> addresses,
                   std::size_t record_bytes);

 protected:
  Result<CursorPointer<std::string_view>> compute(int partition, TaskContext& context) override;

 private:
  const std::vector<std::string> addresses_;
  const std::size_t record_bytes_;
};

}  // namespace thalweg
