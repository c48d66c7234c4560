// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "thalweg/runtime/block_store.h"

namespace thalweg::python {

/// none, memory_only, memory_and_disk, disk_only.
/// Errors: throws Error(invalid_argument) for another name.
StorageLevel storage_level_of(const std::string& name);

/// The name that storage_level_of() knows.
const char* storage_level_name(StorageLevel level);

}  // namespace thalweg::python
