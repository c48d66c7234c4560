// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/cleaner.h"

#include <algorithm>

#include "thalweg/connectors/files/reading/found_file.h"

namespace thalweg::files {
namespace {

/// The path of an address, relative to the root: without the NameNode or bucket that it begins
/// with.
std::string_view path_without_authority(const std::string& address, std::string_view path) {
  bool has_authority = address.size() > path.size() && !path.starts_with('/');
  if (has_authority) path.remove_prefix(std::min(path.find('/'), path.size()));
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  return path;
}

}  // namespace

Status Cleaner::clean(const FilePart& file) {
  if (clean_ == CleanSource::off) return {};
  THALWEG_TRY_ASSIGN(FileLocation place, systems_.resolve(file.address));
  auto now = place.system->describe(place.path);
  if (!now.ok() && now.status().code() == ErrorCode::not_found) return {};
  if (!now.ok()) return now.status().within("source files: cleanSource");
  if (!is_unchanged(now.value(), file)) return {};
  if (clean_ == CleanSource::remove) {
    return place.system->remove(place.path).within("source files: cleanSource=delete");
  }
  THALWEG_TRY_ASSIGN(FileLocation archive, systems_.resolve(archive_));
  if (archive.system != place.system) {
    return {ErrorCode::unsupported,
            "source files: a file can't be moved to another file system: " + file.address + " to " +
                archive_ + "; choose sourceArchiveDir on the same one"};
  }
  std::string target = join_path(archive.path, path_without_authority(file.address, place.path));
  THALWEG_TRY(place.system->make_directories(parent_path(target)));
  return place.system->rename(place.path, target).within("source files: cleanSource=archive");
}

}  // namespace thalweg::files
