// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "thalweg/common/file_system.h"

namespace thalweg {

/// A file system that decides itself who of several that create a file comes first. A FileSystem
/// may be one besides; create_if_absent() asks it then.
///
/// Thread safety: all methods may be called concurrently.
class DecidesWhoCreates {
 public:
  virtual ~DecidesWhoCreates() = default;
  /// As the function below.
  virtual Status create_if_absent(const std::string& path, std::string_view bytes) = 0;
};

/// Writes a file that must not be there yet: who reads sees nothing of it or all, and its bytes
/// survive a power cut once this returns. One that this process wrote when it was tried before, or
/// that has just these bytes, is success. By create_by_rename() where the file system does not
/// decide.
/// Errors: invalid_argument where another's file is there; those of FileSystem.
Status create_if_absent(FileSystem& files, const std::string& path, std::string_view bytes);

/// The same, by a draft "_NAME" beside it that is renamed: two callers that come within the same
/// moment are not told apart.
Status create_by_rename(FileSystem& files, const std::string& path, std::string_view bytes);

}  // namespace thalweg
