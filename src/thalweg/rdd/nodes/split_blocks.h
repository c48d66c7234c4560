// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "thalweg/rdd/nodes/text_file.h"

namespace thalweg {

/// The lines of a split, decompressed, in blocks. Those that are too long go to `letters`, and so
/// does what a compressed file has behind the place where it is corrupt. All that is given must
/// outlive the blocks. Errors: those of the file system.
Result<std::unique_ptr<TextBlocks>> open_text_blocks(const FileSplit& split, TaskContext& context,
                                                     std::vector<DeadLetter>& letters);

}  // namespace thalweg
