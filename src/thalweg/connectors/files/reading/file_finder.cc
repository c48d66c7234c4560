// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/file_finder.h"

#include <algorithm>

#include "thalweg/common/log.h"
#include "thalweg/connectors/files/directory_names.h"

namespace thalweg::files {
namespace {

/// Warnings about different names that are given at most.
constexpr std::size_t said_max = 100;

bool is_hidden(std::string_view name) {
  return name.starts_with('.') || (name.starts_with('_') && !is_partition_name(name)) ||
         name.ends_with("._COPYING_");
}

}  // namespace

Result<std::vector<FileEntry>> FileFinder::find() {
  THALWEG_TRY_ASSIGN(FileLocation place, systems_.resolve(place_.path));
  scheme_ = place_.path.substr(0, place_.path.size() - place.path.size());
  std::vector<FileEntry> found;
  THALWEG_TRY_ASSIGN(auto matching, matching_entries(*place.system, place.path));
  if (!matching.empty()) {
    said_missing_ = false;
  } else if (!std::exchange(said_missing_, true)) {
    log(LogLevel::warning, "source files: nothing is there yet: " + place_.path +
                               "; the query goes on and looks again at every batch");
  }
  for (auto& entry : matching) {
    if (entry.is_directory) {
      THALWEG_TRY(search(*place.system, entry, 0, found));
    } else {
      add(std::move(entry), found);
    }
  }
  return found;
}

Status FileFinder::search(FileSystem& system, const FileEntry& directory, int depth,
                          std::vector<FileEntry>& found) {
  if (depth > directory_depth_max) {
    say_once("is more than " + std::to_string(directory_depth_max) +
             " directories deep and not searched: " + scheme_ + directory.path);
    return {};
  }
  const std::string& identity = directory.identity;
  if (!identity.empty()) {
    if (std::find(identities_.begin(), identities_.end(), identity) != identities_.end()) {
      say_once("leads back to a directory above it and is not searched again: " + scheme_ +
               directory.path);
      return {};
    }
    identities_.push_back(identity);
  }
  auto entries = system.list(directory.path);
  Status searched;
  // A directory that was removed since its parent was listed has no files.
  if (!entries.ok() && entries.status().code() != ErrorCode::not_found) searched = entries.status();
  if (entries.ok()) {
    for (auto& entry : entries.value()) {
      std::string_view name = base_name(entry.path);
      if (is_hidden(name)) continue;
      if (!entry.is_directory) {
        add(std::move(entry), found);
      } else if (place_.recursive || is_partition_name(name)) {
        searched = search(system, entry, depth + 1, found);
        if (!searched.ok()) break;
      }
    }
  }
  if (!identity.empty()) identities_.pop_back();
  return searched;
}

void FileFinder::add(FileEntry entry, std::vector<FileEntry>& found) {
  std::string_view name = base_name(entry.path);
  if (!place_.name_pattern.empty() && !matches_glob(place_.name_pattern, name)) return;
  if (entry.is_special) {
    say_once("is a pipe, socket or device, no file, and is left out: " + scheme_ + entry.path);
    return;
  }
  if (entry.size_bytes == 0) return;
  entry.path = scheme_ + entry.path;
  found.push_back(std::move(entry));
}

void FileFinder::say_once(const std::string& message) {
  if (said_.size() >= said_max || !said_.insert(message).second) return;
  log(LogLevel::warning, "source files: this " + message);
}

}  // namespace thalweg::files
