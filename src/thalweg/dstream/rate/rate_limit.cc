// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/rate/rate_limit.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "thalweg/common/check.h"

namespace thalweg {
namespace {

/// Who waits looks again after so long at the latest: the rate may have changed.
constexpr Duration wait_max = std::chrono::milliseconds(100);
/// Who takes what there is waits for as much as comes in this time, so as not to go for each one.
constexpr double portion_seconds = 0.02;
constexpr double kept_seconds_max = 1;

}  // namespace

void RateLimit::set(double records_per_second) {
  THALWEG_CHECK(records_per_second > 0, "a rate limit must be positive");
  std::lock_guard lock(mutex_);
  if (std::isinf(rate_)) {
    // What passed without a limit is not asked for now.
    permits_ = 0;
    refilled_ = clock_.monotonic();
  } else {
    refill();
  }
  rate_ = records_per_second;
  permits_ = std::min(permits_, permits_max());
}

double RateLimit::permits_max() const { return std::max(1.0, rate_ * kept_seconds_max); }

void RateLimit::refill() {
  Time now = clock_.monotonic();
  double seconds = static_cast<double>((now - refilled_).count()) / 1e6;
  refilled_ = now;
  permits_ = std::min(permits_ + seconds * rate_, permits_max());
}

bool RateLimit::wait_for(double permits, const std::stop_token& stop,
                         std::unique_lock<std::mutex>& lock) {
  while (!stop.stop_requested()) {
    if (std::isinf(rate_)) return true;
    refill();
    double missing = std::min(permits, permits_max()) - permits_;
    if (missing <= 0) return true;
    // Rounded up: a wait that ends a moment too soon would be followed by another.
    auto micros = static_cast<std::int64_t>(std::ceil(std::min(missing / rate_, 1.0) * 1e6));
    Duration wait = std::clamp(Duration(micros), Duration(1), wait_max);
    lock.unlock();
    clock_.wait_until(clock_.now() + wait, stop);
    lock.lock();
  }
  return false;
}

bool RateLimit::acquire(std::int64_t records, const std::stop_token& stop) {
  if (std::isinf(rate_)) return !stop.stop_requested();
  std::unique_lock lock(mutex_);
  if (!wait_for(static_cast<double>(records), stop, lock)) return false;
  permits_ -= static_cast<double>(records);
  return true;
}

std::int64_t RateLimit::acquire_up_to(std::int64_t records_max, const std::stop_token& stop) {
  if (std::isinf(rate_)) return stop.stop_requested() ? 0 : records_max;
  std::unique_lock lock(mutex_);
  double portion = std::clamp(rate_ * portion_seconds, 1.0, static_cast<double>(records_max));
  if (!wait_for(portion, stop, lock)) return 0;
  if (std::isinf(rate_)) return records_max;
  auto records = std::clamp<std::int64_t>(static_cast<std::int64_t>(permits_), 1, records_max);
  permits_ -= static_cast<double>(records);
  return records;
}

void RateLimit::give_back(std::int64_t records) {
  if (std::isinf(rate_)) return;
  std::lock_guard lock(mutex_);
  permits_ = std::min(permits_ + static_cast<double>(records), permits_max());
}

}  // namespace thalweg
