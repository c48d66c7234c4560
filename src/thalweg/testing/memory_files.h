// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "thalweg/common/file_system.h"

namespace thalweg::testing {

/// A read-only file system in memory, with a hook before each read: to fail, to change the file, or
/// to look on.
///
///     session.files().add("memory", std::make_shared<MemoryFiles>(...));   // memory://name
///
/// Thread safety: the hook must have its own.
class MemoryFiles : public FileSystem {
 public:
  /// Called with the path and the offset before a read; may change `files`.
  using BeforeRead = std::function<Status(const std::string& path, std::uint64_t offset)>;

  std::map<std::string, std::string> files;
  BeforeRead before_read;

  Result<std::unique_ptr<ReadableFile>> open_read(const std::string& path) override {
    THALWEG_TRY_ASSIGN([[maybe_unused]] auto entry, describe(path));
    return std::unique_ptr<ReadableFile>(std::make_unique<File>(*this, path));
  }
  Result<FileEntry> describe(const std::string& path) override {
    auto found = files.find(path);
    if (found == files.end()) return Status(ErrorCode::not_found, "no such file: " + path);
    return FileEntry{path, found->second.size(), Time(), false};
  }
  Result<std::vector<FileEntry>> list(const std::string& directory) override {
    return Status(ErrorCode::not_found, "no such directory: " + directory);
  }
  Result<std::unique_ptr<WritableFile>> open_write(const std::string&) override {
    return refused();
  }
  Status rename(const std::string&, const std::string&) override { return refused(); }
  Status remove(const std::string&) override { return refused(); }
  Status make_directories(const std::string&) override { return refused(); }
  Status sync_directory(const std::string&) override { return refused(); }

 private:
  class File final : public ReadableFile {
   public:
    File(MemoryFiles& system, std::string path) : system_(system), path_(std::move(path)) {}
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

  static Status refused() { return {ErrorCode::unsupported, "memory files are read-only"}; }
};

}  // namespace thalweg::testing
