// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "thalweg/common/record.h"
#include "thalweg/runtime/task_context.h"

namespace thalweg {

/// A value that tasks add to and the driver reads. What a task added counts once, when the task has
/// succeeded, however often it was tried.
///
/// A handle: copies add to the same value; capture it by value. Thread safety: all methods may be
/// called concurrently.
template <OwningRecord T>
class Accumulator {
 public:
  using Add = std::function<void(T&, const T&)>;

  /// Made by Context::accumulator(). `add` must not care about order or grouping.
  Accumulator(std::int64_t id, T zero, Add add, std::string name)
      : shared_(std::make_shared<Shared>()) {
    shared_->id = id;
    shared_->zero = zero;
    shared_->value = std::move(zero);
    shared_->add = std::move(add);
    shared_->name = std::move(name);
  }

  /// In a task: adds to what the task will hand over. On the driver: at once.
  void add(const T& amount) const {
    TaskContext* context = TaskContext::current();
    if (context == nullptr) {
      std::lock_guard lock(shared_->mutex);
      shared_->add(shared_->value, amount);
      return;
    }
    auto& update = context->updates[shared_->id];
    if (update == nullptr) update = std::make_unique<Update>(shared_);
    shared_->add(static_cast<Update&>(*update).amount, amount);
  }
  const Accumulator& operator+=(const T& amount) const {
    add(amount);
    return *this;
  }

  /// What has been added so far. Meant for the driver: a task sees what others have handed over.
  [[nodiscard]] T value() const {
    std::lock_guard lock(shared_->mutex);
    return shared_->value;
  }
  void reset() const {
    std::lock_guard lock(shared_->mutex);
    shared_->value = shared_->zero;
  }
  [[nodiscard]] const std::string& name() const { return shared_->name; }

 private:
  struct Shared {
    std::int64_t id = 0;
    std::mutex mutex;
    T zero{};
    T value{};
    Add add;
    std::string name;
  };
  struct Update final : AnyUpdate {
    explicit Update(std::shared_ptr<Shared> to) : shared(std::move(to)), amount(shared->zero) {}
    void merge() override {
      std::lock_guard lock(shared->mutex);
      shared->add(shared->value, amount);
    }
    std::shared_ptr<Shared> shared;
    T amount;
  };

  std::shared_ptr<Shared> shared_;
};

}  // namespace thalweg
