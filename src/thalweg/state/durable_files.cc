// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <vector>

#include "thalweg/common/faults/kill_point.h"
#include "thalweg/state/durable_files_internal.h"

namespace thalweg {
namespace {

constexpr std::size_t number_digits = 20;

}  // namespace

Result<std::string> read_whole_file(FileSystem& files, const std::string& path) {
  THALWEG_TRY_ASSIGN(auto file, files.open_read(path));
  THALWEG_TRY_ASSIGN(auto size, file->size_bytes());
  std::string bytes(size, '\0');
  THALWEG_TRY_ASSIGN(auto got, file->read_at(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  return bytes;
}

Status write_synced_file(FileSystem& files, const std::string& path, std::string_view bytes) {
  THALWEG_TRY_ASSIGN(auto file, files.open_write(path));
  THALWEG_TRY(file->append(bytes));
  THALWEG_KILL_POINT("durable_file.appended");
  THALWEG_TRY(file->sync());
  THALWEG_KILL_POINT("durable_file.synced");
  return file->close();
}

Status replace_file(FileSystem& files, const std::string& path, std::string_view bytes) {
  std::string part = path + std::string(part_suffix);
  THALWEG_TRY(write_synced_file(files, part, bytes));
  return files.rename(part, path);
}

Status make_synced_directories(FileSystem& files, const std::string& path) {
  std::vector<std::string> parents;  // Of the directories that are not there yet, deepest first.
  for (std::string at = path; !files.describe(at).ok(); at = parents.back()) {
    std::string parent = parent_path(at);
    if (parent == at) break;
    parents.push_back(parent);
  }
  THALWEG_TRY(files.make_directories(path));
  for (auto parent = parents.rbegin(); parent != parents.rend(); ++parent) {
    THALWEG_TRY(files.sync_directory(*parent));
  }
  return {};
}

std::string numbered(std::string_view prefix, std::uint64_t number) {
  std::string digits = std::to_string(number);
  return std::string(prefix) + "-" + std::string(number_digits - digits.size(), '0') + digits;
}

std::optional<std::uint64_t> number_of(std::string_view name, std::string_view prefix,
                                       std::string_view suffix) {
  if (name.size() != prefix.size() + 1 + number_digits + suffix.size()) return std::nullopt;
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name[prefix.size()] != '-') {
    return std::nullopt;
  }
  std::string_view digits = name.substr(prefix.size() + 1, number_digits);
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace thalweg
