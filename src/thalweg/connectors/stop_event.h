// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "thalweg/common/status.h"

namespace thalweg {

/// A file descriptor that becomes readable, and stays so, when a stop is requested: what a thread
/// waits for beside its socket, so that it can be interrupted.
///
/// Thread safety: const methods may be called concurrently.
class StopEvent {
 public:
  explicit StopEvent(std::stop_token stop);
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;
  ~StopEvent();

  /// Valid as long as this.
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool requested() const { return stop_.stop_requested(); }

 private:
  const int fd_;
  const std::stop_token stop_;
  std::optional<std::stop_callback<std::function<void()>>> callback_;
};

}  // namespace thalweg
