// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "thalweg/connectors/files/reading/file_part.h"
#include "thalweg/connectors/files/reading/reading_options.h"

namespace thalweg::files {

/// Removes files that no batch needs any more, or moves them away: below the archive they keep
/// their path, without what names the server. One thread.
class Cleaner {
 public:
  Cleaner(const FileSystems& systems, CleanSource clean, std::string archive)
      : systems_(systems), clean_(clean), archive_(std::move(archive)) {}

  /// A file that is gone, or another one by now, is left alone.
  /// Errors: those of the file system, with what was to be done.
  Status clean(const FilePart& file);

 private:
  const FileSystems& systems_;
  const CleanSource clean_;
  const std::string archive_;
};

}  // namespace thalweg::files
