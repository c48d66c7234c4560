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
  /// Its name within `_thalweg/waiting`, where it is to be merged with others before anybody sees
  /// it; empty where it is visible under `name`.
  std::string waiting = {};
  std::uint64_t header_bytes = 0;  ///< Of those: the names of the columns, with the end of line.
};

/// As SinkWriter::seal() hands them over, a line each; empty text for no file.
/// Errors: data_loss for other text.
std::string text_of(const std::vector<WrittenFile>& files);
Result<std::vector<WrittenFile>> written_files_of(std::string_view sealed);

/// "part-00001795286426000000-00003.json".
std::string part_name(SinkEpoch epoch, int writer, std::string_view extension);
/// "part-00001795286426000000-merged": what files that waited became in an epoch, or behind the
/// last one ("…-end").
std::string merged_stem(SinkEpoch epoch);
std::string end_stem(SinkEpoch epoch);
/// The epoch in the name of a part, in whatever directory; -1 where it is none.
SinkEpoch epoch_of_part(std::string_view name);

/// Which epochs of a directory are committed, and which files wait to be merged: those that the
/// last manifest names. The last `manifests_max` manifests are kept: who reads needs none of them,
/// since only committed files have a part's name.
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
  [[nodiscard]] std::string waiting_path_of(std::string_view name) const;

  /// The highest committed epoch; -1: none. Looks into the directory the first time.
  Result<SinkEpoch> committed();
  /// What waits since the last committed epoch.
  Result<std::vector<WrittenFile>> waiting();
  /// The first time, before anything is merged: makes the directories, and removes what a process
  /// before left of the epoch (-1: of none), but for `written`.
  Status prepare(SinkEpoch epoch, const std::vector<WrittenFile>& written);
  /// Writes the manifest of an epoch. `written`: what became visible, and all that waits now, of
  /// earlier epochs too. `merged`: what waited and does no longer; it is removed.
  /// REQUIRES: prepare().
  Status commit(SinkEpoch epoch, const std::vector<WrittenFile>& written,
                const std::vector<WrittenFile>& merged = {});
  /// Writes the manifest behind the last epoch: nothing waits any more.
  Status end(const std::vector<WrittenFile>& written, const std::vector<WrittenFile>& merged);

 private:
  Status look();
  Status commit(SinkEpoch epoch, std::string_view suffix, const std::vector<WrittenFile>& written,
                const std::vector<WrittenFile>& merged);
  /// Makes the last manifest's name survive a power cut, where an earlier try could not.
  Status sync();
  /// Whether a process before made it visible and did not get to the manifest.
  [[nodiscard]] bool is_leftover(std::string_view name, SinkEpoch epoch) const;
  /// Removes leftovers that are not in `written`, from a directory within the sink's ("" is that
  /// itself) and from those named NAME=VALUE up to `depth` levels below it.
  Status remove_leftovers(const std::string& directory, SinkEpoch epoch,
                          const std::set<std::string>& written, std::size_t depth);
  /// Removes what waited and does no longer, once the manifest that says so is safe.
  Status remove_merged();
  /// The names of the files before the manifest that has them, and those of new directories.
  Status sync_names(const std::vector<WrittenFile>& written);

  const FileLocation directory_;
  const std::size_t depth_;
  std::mutex mutex_;
  std::optional<SinkEpoch> committed_;
  bool prepared_ = false;
  bool named_ = false;                  ///< The name of the directory of manifests is safe.
  bool synced_ = true;                  ///< The names of all manifests survive a power cut.
  std::vector<std::string> manifests_;  ///< Names, the oldest first.
  std::vector<WrittenFile> waiting_;    ///< As the last manifest has it.
  bool ended_ = false;                  ///< The last manifest is one behind the last epoch.
  std::vector<std::string> merged_;     ///< What waited and is to be removed.
  bool waiting_known_ = false;          ///< Nothing else is in `_thalweg/waiting`.
};

}  // namespace thalweg::files
