// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

#include "thalweg/common/clock.h"

namespace thalweg {

/// A clock that stands still until a test moves it.
///
/// Thread safety: all methods may be called concurrently.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Time now = Time()) : now_(now) {}

  [[nodiscard]] Time now() const override;
  [[nodiscard]] Time monotonic() const override { return now(); }
  bool wait_until(Time time, std::stop_token stop) override;
  [[nodiscard]] bool is_real() const override { return false; }

  /// Moves the clock on and wakes who waits for a time that has come.
  void advance(Duration length);
  /// Sets the clock. REQUIRES: time is not before now().
  void advance_to(Time time);

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any moved_;
  Time now_;
};

}  // namespace thalweg
