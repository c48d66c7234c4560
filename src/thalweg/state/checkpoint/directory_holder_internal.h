// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "thalweg/common/clock.h"
#include "thalweg/common/file_system.h"

namespace thalweg {

/// "application "orders", process 4711 on host alpha, since 2026-11-21 12:00:05.250 UTC".
std::string holder_text(std::string_view owner, Clock& clock);

/// Takes the file LOCK of a directory. Where files can't be locked, writes it and logs a warning,
/// and returns nothing.
Result<std::unique_ptr<FileLock>> hold_directory(FileSystem& files, const std::string& directory,
                                                 const std::string& holder);

}  // namespace thalweg
