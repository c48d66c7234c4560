// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace thalweg {

/// One limit over what the engine holds: blocks, shuffle data, tables, queues. A charge always
/// succeeds; who charges asks over_limit() and makes room (spills, or stops reading).
///
/// Thread safety: all methods may be called concurrently.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::int64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  void charge(std::int64_t bytes) { used_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void release(std::int64_t bytes) { used_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  [[nodiscard]] std::int64_t used_bytes() const {
    return used_bytes_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::int64_t limit_bytes() const { return limit_bytes_; }
  [[nodiscard]] bool over_limit() const { return used_bytes() > limit_bytes_; }

 private:
  const std::int64_t limit_bytes_;
  std::atomic<std::int64_t> used_bytes_{0};
};

/// A charge that is given back when it goes out of scope. May change its size; one thread.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  explicit MemoryCharge(MemoryBudget& budget) : budget_(&budget) {}
  MemoryCharge(MemoryCharge&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryCharge& operator=(MemoryCharge&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryCharge() { resize(0); }

  void resize(std::int64_t bytes) {
    if (budget_ != nullptr && bytes != bytes_) {
      budget_->charge(bytes - bytes_);
      bytes_ = bytes;
    }
  }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_ = nullptr;
  std::int64_t bytes_ = 0;
};

/// Half of the machine's memory, in bytes: the limit where none is set.
std::int64_t default_memory_bytes_max();

}  // namespace thalweg
