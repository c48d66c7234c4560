// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "thalweg/connectors/files/manifest.h"
#include "thalweg/connectors/files/waiting_files.h"

namespace thalweg::files {

/// Writes the files of each group into one of its directory, named `stem` with the group's
/// extension, and returns what became visible so. The files themselves stay where they wait.
///
/// Text and JSON are put behind each other, CSV without the later headers, Parquet row by row into
/// larger row groups. Files that can't be one, as their columns differ, become several:
/// STEM-1.csv. Parquet that our reader refuses is copied as it is.
///
/// Errors: those of the file system; not_found where a file that waits was removed by others.
Result<std::vector<WrittenFile>> merge(const Manifests& manifests,
                                       const std::vector<MergeGroup>& groups,
                                       const std::string& stem);

}  // namespace thalweg::files
