// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <stop_token>

#include "thalweg/common/clock.h"

namespace thalweg {

/// So many records a second and no more: what a receiver asks before it hands records on. Permits
/// come with the time and are kept for at most a second, so that a stream which paused, or whose
/// thread got no turn, may catch up.
///
///     in any span of t seconds at most  rate * (t + 1) + 1  records pass one by one
///
/// Thread safety: all methods may be called concurrently.
/// Source: Spark's RateLimiter, which keeps a second's permits as well.
class RateLimit {
 public:
  /// `clock` must outlive it. Without a limit until set() is called.
  explicit RateLimit(Clock& clock) : clock_(clock) {}

  /// From now on `records_per_second`; who waits is told. REQUIRES: it is positive; infinity is no
  /// limit.
  void set(double records_per_second);
  /// Records per second; infinity without a limit.
  [[nodiscard]] double rate() const { return rate_; }

  /// Waits until `records` more may pass. More than a second's pass together once a second's may;
  /// those behind them wait for it. False once `stop` is requested.
  bool acquire(std::int64_t records, const std::stop_token& stop);
  /// Waits until some may pass, at best `records_max` of them, and says how many; 0 once `stop` is
  /// requested. For who reads as many as there are: give_back() what did not come.
  std::int64_t acquire_up_to(std::int64_t records_max, const std::stop_token& stop);
  void give_back(std::int64_t records);

 private:
  /// Adds the permits that came since the last call. REQUIRES: the lock.
  void refill();
  /// Waits until there are `permits`. False once `stop` is requested.
  bool wait_for(double permits, const std::stop_token& stop, std::unique_lock<std::mutex>& lock);
  /// What is kept at most. REQUIRES: the lock.
  [[nodiscard]] double permits_max() const;

  Clock& clock_;
  std::atomic<double> rate_{std::numeric_limits<double>::infinity()};
  std::mutex mutex_;
  double permits_ = 0;  ///< Below zero after more passed together than there were.
  Time refilled_;       ///< On the monotonic clock.
};

}  // namespace thalweg
