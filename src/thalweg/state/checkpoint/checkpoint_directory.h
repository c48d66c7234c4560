// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "thalweg/common/clock.h"
#include "thalweg/common/file_system.h"
#include "thalweg/state/checkpoint/epoch.h"

namespace thalweg {

/// Where a program keeps the states that it can go back to: docs/formats/checkpoint.md.
///
///     THALWEG_TRY_ASSIGN(auto directory, CheckpointDirectory::open(files, path, "orders", clock));
///     THALWEG_TRY_ASSIGN(auto latest, directory->latest());      // What to restore, if anything.
///     ...
///     THALWEG_TRY_ASSIGN(auto sums, directory->write_file("sums", bytes));
///     THALWEG_TRY(directory->commit({.number = 43, .metadata = plan, .files = {sums, old_file}}));
///
/// An epoch counts from the moment in which commit() returns success; then it survives a power cut.
/// A commit() that fails leaves the epochs before it as they were; its own may come to light after
/// a power cut all the same, when the file system failed to take it back, and then it is whole. The
/// epoch committed last and the one before it are kept.
///
/// Thread safety: write_file(), read_file() and verify() may be called concurrently, also with
/// themselves; the others one at a time and alone. Files belong to the epoch that is committed
/// next: there is one at a time.
class CheckpointDirectory {
 public:
  /// Creates the directory where it is missing, locks it against a second program until this is
  /// destroyed or the process ends, looks for the latest epoch, and removes what crashed attempts
  /// left behind. Where files can't be locked the file LOCK only says who is at work, and a warning
  /// is logged. `owner` is the application's name, for people.
  ///
  /// `clock` must outlive the directory.
  /// Errors: unavailable when another holds it, naming the holder; invalid_argument when the
  ///         owner's group or everyone may write there, since what is there is believed; those of
  ///         the file system, also in reading manifests: then another try may find them.
  static Result<std::unique_ptr<CheckpointDirectory>> open(std::shared_ptr<FileSystem> files,
                                                           std::string directory,
                                                           std::string_view owner, Clock& clock);
  CheckpointDirectory(const CheckpointDirectory&) = delete;
  CheckpointDirectory& operator=(const CheckpointDirectory&) = delete;
  ~CheckpointDirectory();

  /// The newest epoch whose manifest is right and whose files were there in full size when the
  /// directory was opened, or that was committed since; nothing where none was ever committed. When
  /// it is not the last one committed, opening has logged a warning that says why.
  /// Errors: data_loss when there are epochs and none can be used, saying which file and why;
  ///         unsupported when a newer version wrote the newest, naming both versions. Then
  ///         write_file() and commit() return the same.
  [[nodiscard]] Result<std::optional<Epoch>> latest() const;

  /// For who found the latest epoch damaged in reading it: gives it up, with a logged warning;
  /// latest() is then the one before. Its files stay until the next commit.
  void reject_latest(const Status& reason);

  /// Writes an immutable file, synced, for the next epoch. It may be listed in every later epoch as
  /// long as it is listed in the epoch before.
  /// Errors: those of the file system; what was written is removed as far as possible. The epoch
  ///         can't have this file then: write it again, or abandon().
  Result<CheckpointFile> write_file(std::string key, std::string_view bytes);

  /// The bytes of a file. Errors: data_loss, with its path and key, when it is missing or does not
  /// have its size and CRC32C.
  Result<std::string> read_file(const CheckpointFile& file);

  /// Reads all files of an epoch: the first failure of read_file(), if any.
  Status verify(const Epoch& epoch);

  /// Makes an epoch the latest; it then survives a power cut. Its files are those written since the
  /// last commit() and any of the latest two epochs. Files written and not listed are removed.
  /// Errors: invalid_argument when its number is not above that of the latest epoch, or for a file
  ///         of neither kind; those of the file system. After each of them the epoch has failed,
  ///         its files are removed as far as possible, and another one may be written.
  Status commit(const Epoch& epoch);

  /// Gives up the epoch being written: removes the files written since the last commit(), as far
  /// as possible.
  void abandon();

 private:
  class Impl;
  explicit CheckpointDirectory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace thalweg
