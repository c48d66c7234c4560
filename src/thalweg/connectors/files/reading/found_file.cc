// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/reading/found_file.h"

namespace thalweg::files {

Status file_changed(const FilePart& part, const std::string& how) {
  return {ErrorCode::data_loss,
          "source files: file changed since it was found: " + part.address + " (" + how +
              "); write files elsewhere and rename them into the directory once they are whole, or "
              "set ignoreMissingFiles to true to go on without such files"};
}

bool is_unchanged(const FileEntry& now, const FilePart& found) {
  constexpr Duration second = std::chrono::seconds(1);
  bool same_time = now.modified == found.modified ||
                   (now.modified.floor(second) == found.modified.floor(second) &&
                    (now.modified.floor(second) == now.modified ||
                     found.modified.floor(second) == found.modified));
  return now.size_bytes == found.size_bytes && same_time;
}

Result<FoundFile> open_found(const FileSystems& systems, const FilePart& part) {
  FoundFile found;
  THALWEG_TRY_ASSIGN(found.place, systems.resolve(part.address));
  auto now = found.place.system->describe(found.place.path);
  if (!now.ok() && now.status().code() == ErrorCode::not_found) {
    return Status(ErrorCode::not_found,
                  "source files: file is gone since it was found: " + part.address +
                      "; leave files where they are until they were read (cleanSource removes "
                      "them then), or set ignoreMissingFiles to true to go on without such files");
  }
  if (!now.ok()) return now.status();
  if (!is_unchanged(now.value(), part)) {
    return file_changed(part, "it had " + std::to_string(part.size_bytes) + " bytes of " +
                                  to_utc_string(part.modified) + ", and has " +
                                  std::to_string(now.value().size_bytes) + " bytes of " +
                                  to_utc_string(now.value().modified));
  }
  found.keeps_bytes = !now.value().identity.empty();
  THALWEG_TRY_ASSIGN(found.file, found.place.system->open_read(found.place.path));
  return found;
}

Status check_found(const FoundFile& file, const FilePart& part) {
  if (file.keeps_bytes) return {};
  auto now = file.place.system->describe(file.place.path);
  if (now.ok() && is_unchanged(now.value(), part)) return {};
  if (!now.ok() && now.status().code() != ErrorCode::not_found) return now.status();
  return file_changed(part, "while it was read");
}

}  // namespace thalweg::files
