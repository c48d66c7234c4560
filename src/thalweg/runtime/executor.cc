// SPDX-License-Identifier: Apache-2.0
#include "thalweg/runtime/executor.h"

namespace thalweg {

void Completion::arrive() {
  std::lock_guard lock(mutex_);
  // Notified under the lock: the waiter may destroy this object as soon as it sees the last part.
  if (--parts_left_ <= 0) arrived_.notify_all();
}

void Completion::wait() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return parts_left_ <= 0; });
}

bool Completion::done() const {
  std::lock_guard lock(mutex_);
  return parts_left_ <= 0;
}

}  // namespace thalweg
