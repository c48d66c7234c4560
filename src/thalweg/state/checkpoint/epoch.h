// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace thalweg {

/// A file of an epoch: written once, never changed.
struct CheckpointFile {
  std::string key;   ///< What the caller knows it by.
  std::string name;  ///< Of the file within the checkpoint directory.
  std::uint64_t size_bytes = 0;
  std::uint32_t crc32c = 0;  ///< Of its bytes.

  friend bool operator==(const CheckpointFile&, const CheckpointFile&) = default;
};

/// A state that can be gone back to: all of it or nothing.
struct Epoch {
  std::uint64_t number = 0;
  std::string metadata;  ///< The caller's; any bytes.
  std::vector<CheckpointFile> files;

  friend bool operator==(const Epoch&, const Epoch&) = default;
};

}  // namespace thalweg
