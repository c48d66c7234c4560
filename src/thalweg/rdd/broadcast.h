// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "thalweg/common/error.h"
#include "thalweg/common/record.h"
#include "thalweg/runtime/session.h"

namespace thalweg {

/// A value that every task may read. In one process all read the same object.
///
/// A handle of an id; copies are the same broadcast; capture it by value.
/// Thread safety: all methods may be called concurrently.
template <typename T>
class Broadcast {
 public:
  /// Made by Context::broadcast().
  Broadcast(std::shared_ptr<SessionState> session, T value)
      : shared_(std::make_shared<Shared>(std::move(session), std::move(value))) {}

  /// Valid until destroy(), and as long as any handle lives.
  /// Errors: throws Error(invalid_argument) after destroy().
  [[nodiscard]] const T& value() const {
    const T* value = shared_->value.load(std::memory_order_acquire);
    if (value == nullptr) {
      throw Error(ErrorCode::invalid_argument,
                  "broadcast " + std::to_string(shared_->id) + " was destroyed; make a new one");
    }
    return *value;
  }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] BroadcastId id() const { return {shared_->id}; }
  /// No task may read it any more. The memory goes with the last handle.
  void destroy() const { shared_->value.store(nullptr, std::memory_order_release); }

 private:
  struct Shared {
    Shared(std::shared_ptr<SessionState> of, T held_value)
        : session(std::move(of)),
          id(session->next_id()),
          held(std::move(held_value)),
          value(&held) {}
    std::shared_ptr<SessionState> session;
    std::int64_t id;
    T held;
    std::atomic<const T*> value;
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace thalweg
