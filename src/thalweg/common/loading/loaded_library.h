// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "thalweg/common/clock.h"
#include "thalweg/common/file_system.h"
#include "thalweg/common/status.h"

namespace thalweg {

// Parts of Thalweg that link libraries which most programs don't need are libraries of their own,
// loaded when they are first used: libthalweg_<name>.so, in the folder of Thalweg's own library.

/// The function `symbol` of the library `name`, which stays loaded until the process ends.
///
/// Thread safety: may be called concurrently.
/// Errors: unsupported where the library is not there or what it links is not, with the loader's
///         reason.
Result<void*> loaded_symbol(std::string_view name, const char* symbol);

/// What a library with a file system has under the name "thalweg_make_file_system": makes the one
/// for `scheme`. The clock outlives it.
using MakeFileSystem = Status (*)(std::string_view scheme, Clock& clock,
                                  std::shared_ptr<FileSystem>* made);

/// The file system for `scheme` from the library that has it, the same for the whole process.
/// Null for a scheme that none has.
///
/// Thread safety: may be called concurrently. Errors: as loaded_symbol(), and those of the file
/// system.
Result<std::shared_ptr<FileSystem>> loaded_file_system(std::string_view scheme);

/// The schemes that loaded_file_system() knows: "hdfs, webhdfs". Lives for ever.
std::string_view loaded_schemes();

}  // namespace thalweg
