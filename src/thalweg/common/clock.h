// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stop_token>

#include "thalweg/common/time.h"

namespace thalweg {

/// Where the time comes from. Nothing in Thalweg asks the system but SystemClock, so that tests
/// and simulations decide what time it is (VirtualClock).
///
/// Thread safety: all methods may be called concurrently.
class Clock {
 public:
  virtual ~Clock() = default;

  /// The time of day, UTC. May step when the system's clock is set.
  [[nodiscard]] virtual Time now() const = 0;

  /// A time that never goes back, for measuring. Its zero means nothing.
  [[nodiscard]] virtual Time monotonic() const = 0;

  /// Waits until now() >= time. Returns false when `stop` was requested first.
  virtual bool wait_until(Time time, std::stop_token stop) = 0;

  /// True when time goes on by itself, so that waiting in the operating system makes sense.
  [[nodiscard]] virtual bool is_real() const { return true; }
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
  [[nodiscard]] Time monotonic() const override;
  bool wait_until(Time time, std::stop_token stop) override;

  /// The one instance that everything shares unless told otherwise. Lives for ever.
  static SystemClock& instance();
};

}  // namespace thalweg
