// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "thalweg/testing/patience.h"

namespace thalweg::testing {

/// The lines of a stream's batches, until enough of them have come.
/// Thread safety: all methods may be called concurrently.
class CollectedLines {
 public:
  void add(std::vector<std::string> lines) {
    std::lock_guard lock(mutex_);
    lines_.insert(lines_.end(), lines.begin(), lines.end());
    changed_.notify_all();
  }
  /// Sorted; those there are where our patience ended before enough came.
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return lines_.size() >= count; });
    std::sort(lines_.begin(), lines_.end());
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

}  // namespace thalweg::testing
