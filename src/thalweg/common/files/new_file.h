// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "thalweg/common/file_system.h"

namespace thalweg {

/// What FileSystem::create_if_absent() does where the file system does not decide itself: a draft
/// "_NAME" beside the file is renamed. Two callers that come within the same moment are not told
/// apart.
Status create_by_rename(FileSystem& files, const std::string& path, std::string_view bytes);

}  // namespace thalweg
