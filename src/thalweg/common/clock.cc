// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/clock.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace thalweg {

Time SystemClock::now() const {
  return Time(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

Time SystemClock::monotonic() const {
  return Time(
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

bool SystemClock::wait_until(Time time, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  // Asked again at least once a minute, so that a clock that was set is followed.
  while (!stop.stop_requested()) {
    Duration left = time - now();
    if (left.count() <= 0) return true;
    wake.wait_for(lock, stop, std::min<Duration>(left, std::chrono::minutes(1)),
                  [] { return false; });
  }
  return false;
}

SystemClock& SystemClock::instance() {
  static SystemClock clock;
  return clock;
}

}  // namespace thalweg
