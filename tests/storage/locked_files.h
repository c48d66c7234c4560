// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/testing/faulty_files.h"

namespace thalweg::testing {

/// Files that fail when told to, for a whole streaming context: one call at a time.
///
/// Thread safety: all methods, and those of what they return, may be called concurrently.
class LockedFiles final : public FileSystem {
 public:
  explicit LockedFiles(std::shared_ptr<FaultyFiles> files) : shared_{std::move(files)} {}

  Result<std::unique_ptr<ReadableFile>> open_read(const std::string& path) override {
    std::lock_guard lock(*shared_.mutex);
    THALWEG_TRY_ASSIGN(auto file, shared_.files->open_read(path));
    return std::unique_ptr<ReadableFile>(std::make_unique<Reader>(shared_, std::move(file)));
  }
  Result<std::unique_ptr<WritableFile>> open_write(const std::string& path) override {
    std::lock_guard lock(*shared_.mutex);
    THALWEG_TRY_ASSIGN(auto file, shared_.files->open_write(path));
    return std::unique_ptr<WritableFile>(std::make_unique<Writer>(shared_, std::move(file)));
  }
  Result<FileEntry> describe(const std::string& path) override {
    std::lock_guard lock(*shared_.mutex);
    return shared_.files->describe(path);
  }
  Result<std::vector<FileEntry>> list(const std::string& directory) override {
    std::lock_guard lock(*shared_.mutex);
    return shared_.files->list(directory);
  }
  Status rename(const std::string& source, const std::string& target) override {
    std::lock_guard lock(*shared_.mutex);
    return shared_.files->rename(source, target);
  }
  Status remove(const std::string& path) override {
    std::lock_guard lock(*shared_.mutex);
    return shared_.files->remove(path);
  }
  Status make_directories(const std::string& path) override {
    std::lock_guard lock(*shared_.mutex);
    return shared_.files->make_directories(path);
  }
  Status sync_directory(const std::string& path) override {
    std::lock_guard lock(*shared_.mutex);
    return shared_.files->sync_directory(path);
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                         std::string_view holder) override {
    std::lock_guard lock(*shared_.mutex);
    THALWEG_TRY_ASSIGN(auto held, shared_.files->lock(path, holder));
    return std::unique_ptr<FileLock>(std::make_unique<Lock>(shared_, std::move(held)));
  }

 private:
  /// What outlives the file system: files that are still open.
  struct Shared {
    std::shared_ptr<FaultyFiles> files;
    std::shared_ptr<std::mutex> mutex = std::make_shared<std::mutex>();
  };

  class Reader final : public ReadableFile {
   public:
    Reader(Shared shared, std::unique_ptr<ReadableFile> file)
        : shared_(std::move(shared)), file_(std::move(file)) {}
    Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) override {
      std::lock_guard lock(*shared_.mutex);
      return file_->read_at(offset, out, size);
    }
    Result<std::uint64_t> size_bytes() override {
      std::lock_guard lock(*shared_.mutex);
      return file_->size_bytes();
    }

   private:
    const Shared shared_;
    const std::unique_ptr<ReadableFile> file_;
  };

  class Writer final : public WritableFile {
   public:
    Writer(Shared shared, std::unique_ptr<WritableFile> file)
        : shared_(std::move(shared)), file_(std::move(file)) {}
    Status append(std::string_view bytes) override {
      std::lock_guard lock(*shared_.mutex);
      return file_->append(bytes);
    }
    Status sync() override {
      std::lock_guard lock(*shared_.mutex);
      return file_->sync();
    }
    Status close() override {
      std::lock_guard lock(*shared_.mutex);
      return file_->close();
    }

   private:
    const Shared shared_;
    const std::unique_ptr<WritableFile> file_;
  };

  class Lock final : public FileLock {
   public:
    Lock(Shared shared, std::unique_ptr<FileLock> held)
        : shared_(std::move(shared)), held_(std::move(held)) {}
    ~Lock() override {
      std::lock_guard lock(*shared_.mutex);
      held_.reset();
    }

   private:
    const Shared shared_;
    std::unique_ptr<FileLock> held_;
  };

  const Shared shared_;
};

}  // namespace thalweg::testing
