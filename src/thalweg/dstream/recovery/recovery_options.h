// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <set>
#include <string>

#include "thalweg/common/time.h"

namespace thalweg {

/// When and how a streaming context is made able to go on after a crash.
struct RecoveryOptions {
  /// States are written this often, beside the batches; what came since is computed again after a
  /// crash. Batches wait only where one checkpoint is still being written when the next is due.
  Duration checkpoint_interval = std::chrono::seconds(10);
  /// After a restart the batches of the time in between are not made.
  bool skip_missed_batches = false;
  /// What a receiver got is on disk before it is acknowledged. Without, what was received and not
  /// yet worked on is lost in a crash.
  bool write_ahead_log = true;
  /// Stateful operators of the checkpoint that this program has no more, and that may be forgotten.
  std::set<std::string> forget_states = {};
};

}  // namespace thalweg
