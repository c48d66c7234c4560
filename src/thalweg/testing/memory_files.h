// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "thalweg/common/file_system.h"

namespace thalweg::testing {

/// A file system in memory, with a hook before each read: to fail, to change the file, or to look
/// on. A directory is there when it was made, or when a file's path leads through it.
///
///     session.files().add("memory", std::make_shared<MemoryFiles>(...));   // memory://name
///
/// Thread safety: reading may be concurrent; writing, and what the hook changes, not.
class MemoryFiles : public FileSystem {
 public:
  /// Called with the path and the offset before a read; may change `files`.
  using BeforeRead = std::function<Status(const std::string& path, std::uint64_t offset)>;

  std::map<std::string, std::string> files;
  std::map<std::string, Time> modified;  ///< Of the files that have another time than 0.
  std::set<std::string> directories;
  BeforeRead before_read;

  Result<std::unique_ptr<ReadableFile>> open_read(const std::string& path) override {
    if (!files.contains(path)) return missing(path);
    return std::unique_ptr<ReadableFile>(std::make_unique<Reader>(*this, path));
  }
  Result<std::unique_ptr<WritableFile>> open_write(const std::string& path) override {
    files[path].clear();
    return std::unique_ptr<WritableFile>(std::make_unique<Writer>(*this, path));
  }
  Result<FileEntry> describe(const std::string& path) override {
    auto found = files.find(path);
    if (found != files.end()) {
      auto when = modified.find(path);
      return FileEntry{path, found->second.size(), when == modified.end() ? Time() : when->second};
    }
    if (is_directory(path)) return FileEntry{path, 0, Time(), true};
    return missing(path);
  }
  Result<std::vector<FileEntry>> list(const std::string& directory) override {
    if (!is_directory(directory)) {
      return Status(ErrorCode::not_found, "no such directory: " + directory);
    }
    std::set<std::string> names;
    const std::string begin = join_path(directory, "");
    auto add = [&](const std::string& path) {
      if (path.size() <= begin.size() || !path.starts_with(begin)) return;
      names.insert(path.substr(0, path.find('/', begin.size())));
    };
    for (const auto& [path, bytes] : files) add(path);
    for (const auto& path : directories) add(path);
    std::vector<FileEntry> entries;
    for (const auto& name : names) entries.push_back(MemoryFiles::describe(name).value());
    return entries;
  }
  Status rename(const std::string& source, const std::string& target) override {
    auto node = files.extract(source);
    if (node.empty()) return missing(source);
    files.erase(target);
    node.key() = target;
    files.insert(std::move(node));
    return {};
  }
  Status remove(const std::string& path) override {
    const std::string begin = join_path(path, "");
    std::erase_if(files, [&](const auto& file) {
      return file.first == path || file.first.starts_with(begin);
    });
    std::erase_if(directories,
                  [&](const auto& name) { return name == path || name.starts_with(begin); });
    return {};
  }
  Status make_directories(const std::string& path) override {
    directories.insert(path);
    return {};
  }
  Status sync_directory(const std::string&) override { return {}; }

 private:
  class Reader final : public ReadableFile {
   public:
    Reader(MemoryFiles& system, std::string path) : system_(system), path_(std::move(path)) {}
    Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) override {
      if (system_.before_read) THALWEG_TRY(system_.before_read(path_, offset));
      const std::string& bytes = system_.files.at(path_);
      std::size_t got = std::min<std::size_t>(size, bytes.size() - std::min(offset, bytes.size()));
      std::memcpy(out, bytes.data() + std::min(offset, bytes.size()), got);
      return got;
    }
    Result<std::uint64_t> size_bytes() override { return system_.files.at(path_).size(); }

   private:
    MemoryFiles& system_;
    const std::string path_;
  };

  class Writer final : public WritableFile {
   public:
    Writer(MemoryFiles& system, std::string path) : system_(system), path_(std::move(path)) {}
    Status append(std::string_view bytes) override {
      auto found = system_.files.find(path_);
      if (found == system_.files.end()) return missing(path_);
      found->second += bytes;
      return {};
    }
    Status sync() override { return {}; }
    Status close() override { return {}; }

   private:
    MemoryFiles& system_;
    const std::string path_;
  };

  static Status missing(const std::string& path) {
    return {ErrorCode::not_found, "no such file: " + path};
  }
  [[nodiscard]] bool is_directory(const std::string& path) const {
    if (directories.contains(path)) return true;
    const std::string begin = join_path(path, "");
    auto leads = [&](const std::string& name) { return name.starts_with(begin); };
    return std::any_of(directories.begin(), directories.end(), leads) ||
           std::any_of(files.begin(), files.end(), [&](const auto& f) { return leads(f.first); });
  }
};

}  // namespace thalweg::testing
