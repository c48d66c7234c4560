// SPDX-License-Identifier: Apache-2.0
#include "bindings/storage_level.h"

#include "thalweg/common/error.h"

namespace thalweg::python {

const char* storage_level_name(StorageLevel level) {
  switch (level) {
    case StorageLevel::none:
      return "none";
    case StorageLevel::memory:
      return "memory_only";
    case StorageLevel::memory_and_disk:
      return "memory_and_disk";
    case StorageLevel::disk:
      return "disk_only";
  }
  return "none";
}

StorageLevel storage_level_of(const std::string& name) {
  for (auto level : {StorageLevel::none, StorageLevel::memory, StorageLevel::memory_and_disk,
                     StorageLevel::disk}) {
    if (name == storage_level_name(level)) return level;
  }
  throw Error(ErrorCode::invalid_argument,
              "no such storage level: " + name +
                  "; there are none, memory_only, memory_and_disk and disk_only");
}

}  // namespace thalweg::python
