// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "thalweg/common/file_system.h"

namespace thalweg::files {

/// Where files are looked for.
struct SearchPlace {
  std::string path;          ///< An address: of a directory, a file, or a glob of these.
  std::string name_pattern;  ///< A glob that the names of files match; empty: all.
  bool recursive = false;    ///< Whether all directories below are searched.
};

/// Looks for the files of a place. Left out are names that begin with "." or "_" (but for
/// directories such as _part=1), names of copies in progress (._COPYING_), empty files, and what is
/// no file: pipes, sockets, devices. Directories named as a partition, NAME=VALUE, are always
/// searched. A link that leads back to a directory above it is not followed.
///
/// Source: Spark's InMemoryFileIndex. One thread.
class FileFinder {
 public:
  static constexpr int directory_depth_max = 64;

  FileFinder(const FileSystems& systems, SearchPlace place)
      : systems_(systems), place_(std::move(place)) {}

  /// The files there now, in no order; their paths are addresses. A place that is not there has
  /// none, which is said once each time it goes.
  /// Errors: those of the file systems but for not_found.
  Result<std::vector<FileEntry>> find();

 private:
  Status search(FileSystem& system, const FileEntry& directory, int depth,
                std::vector<FileEntry>& found);
  void add(FileEntry entry, std::vector<FileEntry>& found);
  void say_once(const std::string& message);

  const FileSystems& systems_;
  const SearchPlace place_;
  std::string scheme_;                   ///< "s3://", or nothing.
  std::vector<std::string> identities_;  ///< Of the directories above the one being searched.
  bool said_missing_ = false;
  std::set<std::string> said_;  ///< At most said_max.
};

}  // namespace thalweg::files
