// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <arrow/memory_pool.h>

namespace thalweg {

/// While it lives, what this thread takes from limited_pool() may be so much more than it gave
/// back; beyond it nothing is given. So a page that says that it grows to gigabytes is refused
/// before it takes them. Limits are not nested.
class MemoryLimit {
 public:
  explicit MemoryLimit(std::int64_t bytes_max);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

  /// Whether something was refused.
  [[nodiscard]] bool exceeded() const { return exceeded_; }

 private:
  friend class LimitedPool;

  const std::int64_t bytes_max_;
  std::int64_t taken_bytes_ = 0;
  bool exceeded_ = false;
};

/// Arrow's own memory, under the limit of the thread that asks, if it has one. Lives for ever, as
/// the batches do that were read with it. Thread safety: may be used concurrently.
arrow::MemoryPool* limited_pool();

}  // namespace thalweg
