// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/file_system.h"
#include "thalweg/connectors/connector.h"

namespace thalweg::files {

/// One file of an epoch.
struct WrittenFile {
  std::string name;    ///< Within the directory: "part-….json", "day=1/part-….json".
  std::string staged;  ///< Its name before it was committed, within `_thalweg/staged`.
  std::uint64_t size_bytes = 0;
};

/// As SinkWriter::seal() hands them over, a line each; empty text for no file.
/// Errors: data_loss for other text.
std::string text_of(const std::vector<WrittenFile>& files);
Result<std::vector<WrittenFile>> written_files_of(std::string_view sealed);

/// "part-00001795286426000000-00003.json".
std::string part_name(SinkEpoch epoch, int writer, std::string_view extension);

/// Which epochs of a directory are committed. The last `manifests_max` manifests are kept: who
/// reads needs none of them, since only committed files have a part's name.
///
/// Thread safety: all methods may be called concurrently.
class Manifests {
 public:
  static constexpr std::size_t manifests_max = 100;

  /// `depth`: of the directories NAME=VALUE that files are in.
  Manifests(FileLocation directory, std::size_t depth)
      : directory_(std::move(directory)), depth_(depth) {}

  [[nodiscard]] FileSystem& files() const { return *directory_.system; }
  [[nodiscard]] std::string path_of(std::string_view name) const;
  [[nodiscard]] std::string staged_path_of(std::string_view name) const;

  /// The highest committed epoch; -1: none. Looks into the directory the first time.
  Result<SinkEpoch> committed();
  /// Writes the manifest of an epoch, and removes what earlier attempts at it left behind.
  Status commit(SinkEpoch epoch, const std::vector<WrittenFile>& written);

 private:
  Status look();
  /// Makes the last manifest's name survive a power cut, where an earlier try could not.
  Status sync();
  /// Makes the directories, and removes what a process before left of the epoch.
  Status prepare(SinkEpoch epoch, const std::vector<WrittenFile>& written);
  /// Removes files of the epoch that are not in `written`, from a directory within the sink's (""
  /// is that itself) and from those named NAME=VALUE up to `depth` levels below it.
  Status remove_leftovers(const std::string& directory, const std::string& name_begin,
                          const std::set<std::string>& written, std::size_t depth);
  /// The names of the files before the manifest that has them, and those of new directories.
  Status sync_names(const std::vector<WrittenFile>& written, bool first);

  const FileLocation directory_;
  const std::size_t depth_;
  std::mutex mutex_;
  std::optional<SinkEpoch> committed_;
  bool prepared_ = false;
  bool synced_ = true;                  ///< The names of all manifests survive a power cut.
  std::vector<std::string> manifests_;  ///< Names, the oldest first.
};

}  // namespace thalweg::files
