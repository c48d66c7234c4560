// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/connectors/files/reading/file_part.h"

namespace thalweg::files {

/// A file that was found earlier, open.
struct FoundFile {
  FileLocation place;
  std::unique_ptr<ReadableFile> file;
  /// An open file stays as it is when another takes its name.
  bool keeps_bytes = false;
};

/// Opens a file that was found.
/// Errors: not_found where it is gone; data_loss where it changed; those of the file system.
Result<FoundFile> open_found(const FileSystems& systems, const FilePart& part);

/// Behind the last byte: whether the file is still the one that was found, where that can change
/// while it is open. Errors: as open_found().
Status check_found(const FoundFile& file, const FilePart& part);

/// Says that the file is not the one that was found; `how`: for a person.
Status file_changed(const FilePart& part, const std::string& how);

/// True where the file is the one that was found: systems that keep whole seconds in one place and
/// more in another are taken as they are.
bool is_unchanged(const FileEntry& now, const FilePart& found);

}  // namespace thalweg::files
