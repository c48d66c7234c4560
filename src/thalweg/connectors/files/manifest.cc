// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/manifest.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "thalweg/connectors/files/directory_names.h"

namespace thalweg::files {
namespace {

constexpr std::string_view epoch_prefix = "epoch-";

/// With so many digits that names sort as numbers do.
std::string digits_of(std::int64_t number, int count) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*lld", count, static_cast<long long>(number));
  return text;
}

std::optional<SinkEpoch> epoch_of(std::string_view name) {
  if (!name.starts_with(epoch_prefix)) return std::nullopt;
  name.remove_prefix(epoch_prefix.size());
  SinkEpoch epoch = 0;
  auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), epoch);
  if (failed != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return epoch;
}

/// The entries of a directory; none where it is not there.
Result<std::vector<FileEntry>> entries_of(FileSystem& files, const std::string& directory) {
  auto entries = files.list(directory);
  if (!entries.ok() && entries.status().code() == ErrorCode::not_found) {
    return std::vector<FileEntry>();
  }
  return entries;
}

}  // namespace

std::string text_of(const std::vector<WrittenFile>& files) {
  std::string text;
  for (const auto& file : files) {
    if (!text.empty()) text += '\n';
    text += file.name + "\t" + file.staged + "\t" + std::to_string(file.size_bytes);
  }
  return text;
}

Result<std::vector<WrittenFile>> written_files_of(std::string_view sealed) {
  std::vector<WrittenFile> files;
  for (std::string_view rest = sealed; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    std::size_t first = line.find('\t');
    std::size_t second = line.find('\t', first + 1);
    WrittenFile file;
    bool well = first != std::string_view::npos && second != std::string_view::npos;
    if (well) {
      file.name = line.substr(0, first);
      file.staged = line.substr(first + 1, second - first - 1);
      std::string_view size = line.substr(second + 1);
      auto [end, failed] = std::from_chars(size.data(), size.data() + size.size(), file.size_bytes);
      well = failed == std::errc() && end == size.data() + size.size();
    }
    if (!well) {
      return Status(ErrorCode::data_loss,
                    "not what a writer of files sealed: \"" + std::string(sealed) + "\"");
    }
    files.push_back(std::move(file));
  }
  return files;
}

std::string part_name(SinkEpoch epoch, int writer, std::string_view extension) {
  return "part-" + digits_of(epoch, 20) + "-" + digits_of(writer, 5) + std::string(extension);
}

std::string Manifests::path_of(std::string_view name) const {
  return join_path(directory_.path, name);
}
std::string Manifests::staged_path_of(std::string_view name) const {
  return path_of("_thalweg/staged/" + std::string(name));
}

Result<SinkEpoch> Manifests::committed() {
  std::lock_guard lock(mutex_);
  if (!committed_) THALWEG_TRY(look());
  THALWEG_TRY(sync());
  return *committed_;
}

Status Manifests::sync() {
  if (!synced_) THALWEG_TRY(files().sync_directory(path_of("_thalweg")));
  synced_ = true;
  return {};
}

Status Manifests::look() {
  THALWEG_TRY_ASSIGN(auto entries, entries_of(files(), path_of("_thalweg")));
  SinkEpoch highest = -1;
  manifests_.clear();
  for (const auto& entry : entries) {
    std::string_view name = base_name(entry.path);
    auto epoch = epoch_of(name);
    if (!epoch) continue;
    highest = std::max(highest, *epoch);
    manifests_.emplace_back(name);
  }
  committed_ = highest;
  return {};
}

Status Manifests::commit(SinkEpoch epoch, const std::vector<WrittenFile>& written) {
  std::lock_guard lock(mutex_);
  if (!committed_) THALWEG_TRY(look());
  if (epoch <= *committed_) return sync();
  bool first = !prepared_;
  if (first) THALWEG_TRY(prepare(epoch, written));
  prepared_ = true;
  THALWEG_TRY(sync_names(written, first));
  std::string text = "thalweg files 1\n";
  for (const auto& file : written) {
    text += file.name + "\t" + std::to_string(file.size_bytes) + "\n";
  }
  std::string name = std::string(epoch_prefix) + digits_of(epoch, 20);
  THALWEG_TRY(files().create_if_absent(path_of("_thalweg/" + name), text));
  committed_ = epoch;
  manifests_.push_back(name);
  synced_ = false;
  THALWEG_TRY(sync());
  while (manifests_.size() > manifests_max) {
    THALWEG_TRY(files().remove(path_of("_thalweg/" + manifests_.front())));
    manifests_.erase(manifests_.begin());
  }
  return {};
}

Status Manifests::prepare(SinkEpoch epoch, const std::vector<WrittenFile>& written) {
  THALWEG_TRY(files().make_directories(path_of("_thalweg")));
  // Where the directory is new; whose parent it is may be none of ours to open.
  (void)files().sync_directory(parent_path(directory_.path));
  // Of the process before: shares of this epoch that it committed and this run does not have, and
  // what it had staged. Epochs come one after the other, so nothing of it is needed any more.
  std::string begin = part_name(epoch, 0, "");
  begin.resize(begin.rfind('-') + 1);
  std::set<std::string> names;
  for (const auto& file : written) names.insert(file.name);
  THALWEG_TRY(remove_leftovers("", begin, names, depth_));
  THALWEG_TRY_ASSIGN(auto staged, entries_of(files(), path_of("_thalweg/staged")));
  for (const auto& entry : staged) THALWEG_TRY(files().remove(entry.path));
  return {};
}

Status Manifests::remove_leftovers(const std::string& directory, const std::string& name_begin,
                                   const std::set<std::string>& written, std::size_t depth) {
  auto path = directory.empty() ? directory_.path : path_of(directory);
  THALWEG_TRY_ASSIGN(auto entries, entries_of(files(), path));
  for (const auto& entry : entries) {
    std::string name(base_name(entry.path));
    std::string within = directory.empty() ? name : join_path(directory, name);
    if (entry.is_directory) {
      if (depth == 0 || !is_partition_name(name)) continue;
      THALWEG_TRY(remove_leftovers(within, name_begin, written, depth - 1));
    } else if (name.starts_with(name_begin) && !written.contains(within)) {
      THALWEG_TRY(files().remove(entry.path));
    }
  }
  return {};
}

Status Manifests::sync_names(const std::vector<WrittenFile>& written, bool first) {
  // In both directories of the renames, and in those where a directory may be new.
  std::set<std::string> changed;
  for (const auto& file : written) {
    changed.insert("_thalweg/staged");
    for (std::size_t end = file.name.rfind('/'); end != std::string::npos && end > 0;
         end = file.name.rfind('/', end - 1)) {
      changed.insert(file.name.substr(0, end));
    }
  }
  for (const auto& name : changed) THALWEG_TRY(files().sync_directory(path_of(name)));
  if (!written.empty() || first) THALWEG_TRY(files().sync_directory(directory_.path));
  return {};
}

}  // namespace thalweg::files
