// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "thalweg/common/file_system.h"

namespace thalweg {

/// Writes encoded records to a file that is there whole or not at all: docs/formats/object-file.md.
Status write_block_file(FileSystem& files, const std::string& path, std::string_view records);

/// The records of such a file. Errors: not_found; data_loss when the file is cut or changed;
/// unsupported when a newer version wrote it.
Result<std::string> read_block_file(FileSystem& files, const std::string& path);

}  // namespace thalweg
