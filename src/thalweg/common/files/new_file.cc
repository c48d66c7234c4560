// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/files/new_file.h"

#include "thalweg/common/faults/kill_point.h"

namespace thalweg {
namespace {

/// Success where a file that is there has just these bytes.
Status same_bytes(ReadableFile& file, const std::string& path, std::string_view bytes) {
  std::string found(bytes.size() + 1, '\0');
  THALWEG_TRY_ASSIGN(std::size_t got, file.read_at(0, found.data(), found.size()));
  if (std::string_view(found.data(), got) == bytes) return {};
  return {ErrorCode::invalid_argument,
          "file is there already: " + path +
              " (another program wrote it; stop one of the two, or give each its own directory)"};
}

}  // namespace

Status FileSystem::create_if_absent(const std::string& path, std::string_view bytes) {
  return create_by_rename(*this, path, bytes);
}

Status create_by_rename(FileSystem& files, const std::string& path, std::string_view bytes) {
  auto there = files.open_read(path);
  if (there.ok()) return same_bytes(*there.value(), path, bytes);
  if (there.status().code() != ErrorCode::not_found) return there.status();
  std::string draft = join_path(parent_path(path), "_" + std::string(base_name(path)));
  THALWEG_TRY_ASSIGN(auto file, files.open_write(draft));
  THALWEG_TRY(file->append(bytes));
  THALWEG_TRY(file->sync());
  THALWEG_TRY(file->close());
  THALWEG_KILL_POINT("files.drafted");
  return files.rename(draft, path);
}

}  // namespace thalweg
