// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/file_system.h"
#include "thalweg/rdd/node.h"
#include "thalweg/rdd/nodes/text_blocks.h"

namespace thalweg {

/// A range of bytes of one file: the lines that start in it.
struct FileSplit {
  FileLocation file;
  std::string address;  ///< As the user named it, for messages.
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// The lines of text files, without their ends (\n or \r\n). A partition is one split. The lines
/// view the block they were read in.
///
/// A line longer than the session's line_bytes_max is a dead letter with the first bytes of it. A
/// file that shrinks while it is read ends there; one that vanished before it was opened fails the
/// job as not_found.
class TextFileNode final : public RddNode<std::string_view> {
 public:
  TextFileNode(std::shared_ptr<SessionState> session, std::vector<FileSplit> splits);

  Result<CursorPointer<std::string_view>> open_matching(int partition, TaskContext& context,
                                                        const TextSearch& search) override;

 protected:
  Result<CursorPointer<std::string_view>> compute(int partition, TaskContext& context) override;

 private:
  Result<std::unique_ptr<TextBlocks>> open_blocks(int partition, TaskContext& context) const;
  [[nodiscard]] const std::string& address(int partition) const;

  std::vector<FileSplit> splits_;
};

/// The files that `path` names: a file, a directory (its files, but for hidden ones and those that
/// begin with "_"), a glob pattern, or several of these separated by commas; their paths are
/// addresses, with the scheme that `path` has.
/// Errors: not_found where nothing is there; those of the file systems.
Result<std::vector<FileEntry>> matching_files(const FileSystems& systems, const std::string& path);

/// Divides `files` into at least `splits_min` splits where they are large enough (a split has at
/// least 64 KiB). Empty files have none.
Result<std::vector<FileSplit>> split_files(const FileSystems& systems,
                                           const std::vector<FileEntry>& entries, int splits_min);
/// The same of files whose sizes are not known yet.
Result<std::vector<FileSplit>> split_files(const FileSystems& systems,
                                           const std::vector<std::string>& addresses,
                                           int splits_min);

}  // namespace thalweg
