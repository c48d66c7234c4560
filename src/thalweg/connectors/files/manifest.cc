// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/manifest.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "thalweg/common/faults/kill_point.h"
#include "thalweg/connectors/files/directory_names.h"

namespace thalweg::files {
namespace {

constexpr std::string_view epoch_prefix = "epoch-";
constexpr std::string_view end_suffix = "-end";
constexpr std::string_view part_prefix = "part-";
constexpr std::string_view merged_kind = "-merged";
constexpr std::string_view end_kind = "-end";
constexpr std::size_t epoch_digits = 20;
/// A manifest that is longer was not written by us.
constexpr std::uint64_t manifest_bytes_max = std::uint64_t{64} << 20;

/// With so many digits that names sort as numbers do.
std::string digits_of(std::int64_t number, int count) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*lld", count, static_cast<long long>(number));
  return text;
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size();
}

/// Of "epoch-00…7", and of "epoch-00…7-end", which comes behind it.
std::optional<SinkEpoch> epoch_of(std::string_view name) {
  if (!name.starts_with(epoch_prefix)) return std::nullopt;
  name.remove_prefix(epoch_prefix.size());
  if (name.ends_with(end_suffix)) name.remove_suffix(end_suffix.size());
  SinkEpoch epoch = 0;
  if (!read_number(name, epoch)) return std::nullopt;
  return epoch;
}

/// What is behind the epoch in the name of a part: "-00003.json".
std::string_view kind_of_part(std::string_view name) {
  name = base_name(name);
  return name.substr(std::min(name.size(), part_prefix.size() + epoch_digits));
}

std::vector<std::string_view> split_at(std::string_view text, char sign) {
  std::vector<std::string_view> parts;
  while (true) {
    std::size_t end = text.find(sign);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The lines of a manifest: of version 2 where files wait.
std::string text_of_manifest(const std::vector<WrittenFile>& files) {
  bool waits = std::any_of(files.begin(), files.end(),
                           [](const WrittenFile& file) { return !file.waiting.empty(); });
  std::string text = waits ? "thalweg files 2\n" : "thalweg files 1\n";
  for (const auto& file : files) {
    text += file.name + "\t" + std::to_string(file.size_bytes);
    if (!file.waiting.empty()) {
      text += "\t" + file.waiting + "\t" + std::to_string(file.header_bytes);
    }
    text += "\n";
  }
  return text;
}

/// The files that wait by a manifest.
Result<std::vector<WrittenFile>> waiting_in(std::string_view manifest) {
  auto lines = split_at(manifest, '\n');
  bool well = lines.front().starts_with("thalweg files ") && lines.back().empty();
  std::vector<WrittenFile> files;
  for (std::size_t i = 1; well && i + 1 < lines.size(); ++i) {
    auto parts = split_at(lines[i], '\t');
    WrittenFile file;
    well = parts.size() == 2 || parts.size() == 4;
    if (!well || parts.size() == 2) continue;
    file.name = parts[0];
    file.waiting = parts[2];
    well = read_number(parts[1], file.size_bytes) && read_number(parts[3], file.header_bytes);
    files.push_back(std::move(file));
  }
  if (!well) return Status(ErrorCode::data_loss, "not a manifest of a sink of files");
  return files;
}

Result<std::string> read_text(FileSystem& files, const std::string& path) {
  THALWEG_TRY_ASSIGN(auto file, files.open_read(path));
  THALWEG_TRY_ASSIGN(std::uint64_t size, file->size_bytes());
  if (size > manifest_bytes_max) {
    return Status(ErrorCode::data_loss,
                  "a manifest has at most " + std::to_string(manifest_bytes_max) + " bytes");
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  THALWEG_TRY_ASSIGN(std::size_t got, file->read_at(0, text.data(), text.size()));
  text.resize(got);
  return text;
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
    if (file.waiting.empty()) continue;
    text += "\t" + file.waiting + "\t" + std::to_string(file.header_bytes);
  }
  return text;
}

Result<std::vector<WrittenFile>> written_files_of(std::string_view sealed) {
  std::vector<WrittenFile> files;
  if (sealed.empty()) return files;
  for (std::string_view line : split_at(sealed, '\n')) {
    auto parts = split_at(line, '\t');
    WrittenFile file;
    bool well = parts.size() == 3 || parts.size() == 5;
    well = well && read_number(parts[2], file.size_bytes);
    well = well && (parts.size() == 3 || read_number(parts[4], file.header_bytes));
    if (!well) {
      return Status(ErrorCode::data_loss,
                    "not what a writer of files sealed: \"" + std::string(sealed) + "\"");
    }
    file.name = parts[0];
    file.staged = parts[1];
    if (parts.size() == 5) file.waiting = parts[3];
    files.push_back(std::move(file));
  }
  return files;
}

std::string part_name(SinkEpoch epoch, int writer, std::string_view extension) {
  return std::string(part_prefix) + digits_of(epoch, epoch_digits) + "-" + digits_of(writer, 5) +
         std::string(extension);
}

std::string merged_stem(SinkEpoch epoch) {
  return std::string(part_prefix) + digits_of(epoch, epoch_digits) + std::string(merged_kind);
}

std::string end_stem(SinkEpoch epoch) {
  return std::string(part_prefix) + digits_of(epoch, epoch_digits) + std::string(end_kind);
}

SinkEpoch epoch_of_part(std::string_view name) {
  name = base_name(name);
  SinkEpoch epoch = 0;
  bool well = name.starts_with(part_prefix) &&
              read_number(name.substr(part_prefix.size(), epoch_digits), epoch);
  return well ? epoch : -1;
}

std::string Manifests::path_of(std::string_view name) const {
  return join_path(directory_.path, name);
}
std::string Manifests::staged_path_of(std::string_view name) const {
  return path_of("_thalweg/staged/" + std::string(name));
}
std::string Manifests::waiting_path_of(std::string_view name) const {
  return path_of("_thalweg/waiting/" + std::string(name));
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
  waiting_.clear();
  ended_ = !manifests_.empty() && manifests_.back().ends_with(end_suffix);
  if (!manifests_.empty()) {
    std::string path = path_of("_thalweg/" + manifests_.back());
    THALWEG_TRY_ASSIGN(std::string text, read_text(files(), path));
    auto waiting = waiting_in(text);
    if (!waiting.ok()) return waiting.status().within(path);
    waiting_ = std::move(waiting).value();
  }
  committed_ = highest;
  return {};
}

Result<std::vector<WrittenFile>> Manifests::waiting() {
  std::lock_guard lock(mutex_);
  if (!committed_) THALWEG_TRY(look());
  return waiting_;
}

Status Manifests::commit(SinkEpoch epoch, const std::vector<WrittenFile>& written,
                         const std::vector<WrittenFile>& merged) {
  std::lock_guard lock(mutex_);
  if (!committed_) THALWEG_TRY(look());
  if (epoch <= *committed_) return sync();
  return commit(epoch, "", written, merged);
}

Status Manifests::end(const std::vector<WrittenFile>& written,
                      const std::vector<WrittenFile>& merged) {
  std::lock_guard lock(mutex_);
  if (!committed_) THALWEG_TRY(look());
  if (*committed_ < 0 || ended_) return sync();
  return commit(*committed_, end_suffix, written, merged);
}

Status Manifests::commit(SinkEpoch epoch, std::string_view suffix,
                         const std::vector<WrittenFile>& written,
                         const std::vector<WrittenFile>& merged) {
  THALWEG_TRY(sync_names(written));
  std::string name =
      std::string(epoch_prefix) + digits_of(epoch, epoch_digits) + std::string(suffix);
  THALWEG_TRY(files().create_if_absent(path_of("_thalweg/" + name), text_of_manifest(written)));
  committed_ = epoch;
  ended_ = !suffix.empty();
  manifests_.push_back(name);
  synced_ = false;
  waiting_.clear();
  for (const auto& file : written) {
    if (!file.waiting.empty()) waiting_.push_back(file);
  }
  for (const auto& file : merged) merged_.push_back(file.waiting);
  THALWEG_TRY(sync());
  THALWEG_TRY(remove_merged());
  while (manifests_.size() > manifests_max) {
    THALWEG_TRY(files().remove(path_of("_thalweg/" + manifests_.front())));
    manifests_.erase(manifests_.begin());
  }
  return {};
}

Status Manifests::remove_merged() {
  THALWEG_KILL_POINT("files.manifest_written");
  if (!waiting_known_) {
    // Of processes before, too.
    std::set<std::string> waits;
    for (const auto& file : waiting_) waits.insert(file.waiting);
    THALWEG_TRY_ASSIGN(auto entries, entries_of(files(), path_of("_thalweg/waiting")));
    for (const auto& entry : entries) {
      if (waits.contains(std::string(base_name(entry.path)))) continue;
      THALWEG_TRY(files().remove(entry.path));
    }
    waiting_known_ = true;
    merged_.clear();
  }
  while (!merged_.empty()) {
    THALWEG_TRY(files().remove(waiting_path_of(merged_.back())));
    merged_.pop_back();
  }
  return {};
}

Status Manifests::prepare(SinkEpoch epoch, const std::vector<WrittenFile>& written) {
  std::lock_guard lock(mutex_);
  if (prepared_) return {};
  if (!committed_) THALWEG_TRY(look());
  THALWEG_TRY(files().make_directories(path_of("_thalweg")));
  // Where the directory is new; whose parent it is may be none of ours to open.
  (void)files().sync_directory(parent_path(directory_.path));
  // Of the process before: shares of this epoch that it committed and this run does not have, and
  // what it had staged. Epochs come one after the other, so nothing of it is needed any more.
  std::set<std::string> names;
  for (const auto& file : written) {
    if (file.waiting.empty()) names.insert(file.name);
  }
  THALWEG_TRY(remove_leftovers("", epoch, names, depth_));
  THALWEG_TRY_ASSIGN(auto staged, entries_of(files(), path_of("_thalweg/staged")));
  for (const auto& entry : staged) THALWEG_TRY(files().remove(entry.path));
  prepared_ = true;
  return {};
}

bool Manifests::is_leftover(std::string_view name, SinkEpoch epoch) const {
  SinkEpoch own = epoch_of_part(name);
  if (own < 0) return false;
  std::string_view kind = kind_of_part(name);
  // What they were merged of waits as long as no manifest has them.
  if (kind.starts_with(merged_kind)) return own > *committed_;
  if (kind.starts_with(end_kind)) return own == *committed_ && !ended_;
  return own == epoch;
}

Status Manifests::remove_leftovers(const std::string& directory, SinkEpoch epoch,
                                   const std::set<std::string>& written, std::size_t depth) {
  auto path = directory.empty() ? directory_.path : path_of(directory);
  THALWEG_TRY_ASSIGN(auto entries, entries_of(files(), path));
  for (const auto& entry : entries) {
    std::string name(base_name(entry.path));
    std::string within = directory.empty() ? name : join_path(directory, name);
    if (entry.is_directory) {
      if (depth == 0 || !is_partition_name(name)) continue;
      THALWEG_TRY(remove_leftovers(within, epoch, written, depth - 1));
    } else if (is_leftover(name, epoch) && !written.contains(within)) {
      THALWEG_TRY(files().remove(entry.path));
    }
  }
  return {};
}

Status Manifests::sync_names(const std::vector<WrittenFile>& written) {
  // In both directories of the renames, and in those where a directory may be new.
  std::set<std::string> changed;
  for (const auto& file : written) {
    changed.insert("_thalweg/staged");
    if (!file.waiting.empty()) {
      changed.insert("_thalweg/waiting");
      continue;
    }
    for (std::size_t end = file.name.rfind('/'); end != std::string::npos && end > 0;
         end = file.name.rfind('/', end - 1)) {
      changed.insert(file.name.substr(0, end));
    }
  }
  for (const auto& name : changed) THALWEG_TRY(files().sync_directory(path_of(name)));
  if (!written.empty() || !named_) THALWEG_TRY(files().sync_directory(directory_.path));
  named_ = true;
  return {};
}

}  // namespace thalweg::files
