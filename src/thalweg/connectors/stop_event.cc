// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/stop_event.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "thalweg/common/check.h"

namespace thalweg {

StopEvent::StopEvent(std::stop_token stop)
    : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), stop_(std::move(stop)) {
  // Without it the thread would still see the request when its wait ends.
  THALWEG_CHECK(fd_ >= 0, "no file descriptors left for a stop event");
  callback_.emplace(stop_, [this] { eventfd_write(fd_, 1); });
}

StopEvent::~StopEvent() {
  // Waits for one that runs: it must not write to a descriptor that is someone else's by now.
  callback_.reset();
  close(fd_);
}

}  // namespace thalweg
