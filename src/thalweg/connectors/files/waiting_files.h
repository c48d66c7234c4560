// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "thalweg/common/time.h"
#include "thalweg/connectors/files/manifest.h"

namespace thalweg::files {

/// When files that wait are merged into one that everybody sees.
struct MergeLimits {
  std::uint64_t bytes = 0;  ///< Of a directory's files together; 0: whatever waits is merged.
  Duration interval{0};     ///< Since the batch of the oldest of them.
};

/// Files that become one, in the order of their rows.
struct MergeGroup {
  std::string directory;  ///< Within the sink's; "" is that itself.
  std::string extension;  ///< ".json": all have it.
  std::vector<WrittenFile> files;
};

/// More files do not wait, of all directories together: each manifest names all of them.
constexpr std::size_t files_waiting_max = 10'000;

/// Takes those files out of `waiting` that are merged in the epoch, by directory. It depends on the
/// arguments alone, so that an epoch that is run again decides the same.
std::vector<MergeGroup> take_due(std::vector<WrittenFile>& waiting, const MergeLimits& limits,
                                 SinkEpoch epoch, std::size_t waiting_max = files_waiting_max);

}  // namespace thalweg::files
