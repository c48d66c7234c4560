// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/virtual_clock.h"

#include "thalweg/common/check.h"

namespace thalweg {

Time VirtualClock::now() const {
  std::lock_guard lock(mutex_);
  return now_;
}

bool VirtualClock::wait_until(Time time, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  return moved_.wait(lock, stop, [&] { return now_ >= time; });
}

void VirtualClock::advance(Duration length) { advance_to(now() + length); }

void VirtualClock::advance_to(Time time) {
  {
    std::lock_guard lock(mutex_);
    THALWEG_CHECK(time >= now_, "virtual clock moved backwards");
    now_ = time;
  }
  moved_.notify_all();
}

}  // namespace thalweg
