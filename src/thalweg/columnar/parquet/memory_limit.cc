// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "thalweg/columnar/parquet/memory_limit_internal.h"

namespace thalweg {
namespace {

thread_local MemoryLimit* limit_of_thread = nullptr;

}  // namespace

MemoryLimit::MemoryLimit(std::int64_t bytes_max) : bytes_max_(bytes_max) { limit_of_thread = this; }
MemoryLimit::~MemoryLimit() { limit_of_thread = nullptr; }

class LimitedPool final : public arrow::MemoryPool {
 public:
  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;

  arrow::Status Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) override {
    ARROW_RETURN_NOT_OK(check(size));
    ARROW_RETURN_NOT_OK(pool_->Allocate(size, alignment, out));
    note(size);
    return arrow::Status::OK();
  }
  arrow::Status Reallocate(std::int64_t old_size, std::int64_t new_size, std::int64_t alignment,
                           std::uint8_t** bytes) override {
    ARROW_RETURN_NOT_OK(check(new_size - old_size));
    ARROW_RETURN_NOT_OK(pool_->Reallocate(old_size, new_size, alignment, bytes));
    note(new_size - old_size);
    return arrow::Status::OK();
  }
  void Free(std::uint8_t* buffer, std::int64_t size, std::int64_t alignment) override {
    pool_->Free(buffer, size, alignment);
    note(-size);
  }
  void ReleaseUnused() override { pool_->ReleaseUnused(); }
  std::int64_t bytes_allocated() const override { return pool_->bytes_allocated(); }
  std::int64_t max_memory() const override { return pool_->max_memory(); }
  std::int64_t total_bytes_allocated() const override { return pool_->total_bytes_allocated(); }
  std::int64_t num_allocations() const override { return pool_->num_allocations(); }
  std::string backend_name() const override { return pool_->backend_name(); }

 private:
  static arrow::Status check(std::int64_t more_bytes) {
    MemoryLimit* limit = limit_of_thread;
    if (limit == nullptr || more_bytes <= limit->bytes_max_ - limit->taken_bytes_) {
      return arrow::Status::OK();
    }
    limit->exceeded_ = true;
    return arrow::Status::OutOfMemory("more than ", limit->bytes_max_, " bytes");
  }
  static void note(std::int64_t more_bytes) {
    if (limit_of_thread != nullptr) limit_of_thread->taken_bytes_ += more_bytes;
  }

  arrow::MemoryPool* const pool_ = arrow::default_memory_pool();
};

arrow::MemoryPool* limited_pool() {
  static auto* pool = new LimitedPool();
  return pool;
}

}  // namespace thalweg
