// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/status.h"
#include "thalweg/common/time.h"

namespace thalweg {

/// What a file system says of one name.
struct FileEntry {
  std::string path;
  std::uint64_t size_bytes = 0;
  Time modified;
  bool is_directory = false;
  /// Neither a file nor a directory: a pipe, a socket, a device. Reading it may wait for ever.
  bool is_special = false;
  /// Stays when the file is renamed, and is another one's once it is gone: device and inode. Empty
  /// where the file system has no such notion.
  std::string identity = {};
  /// The owner's group, or everyone, may write. False where the file system has no such notion.
  bool writable_by_others = false;
};

/// A file open for reading at any place. Thread safety: read_at() may be called concurrently.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  /// Reads up to `size` bytes at `offset` into `out`; fewer only at the end of the file, 0 there.
  virtual Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) = 0;
  /// The size now.
  virtual Result<std::uint64_t> size_bytes() = 0;
};

/// A file open for writing at its end. One thread.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status append(std::string_view bytes) = 0;
  /// What was appended survives a power cut once this returns.
  virtual Status sync() = 0;
  /// Must be called to know that everything was written; a destructor can't tell.
  virtual Status close() = 0;
};

/// A file held by this process, until this is destroyed or the process ends, however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

/// Files, wherever they are. Paths are those of the system, without a scheme. Nothing is ever
/// mapped into memory: a file that shrinks would kill the process.
///
/// Errors: not_found; invalid_argument (a directory in place of a file); unavailable (refused,
///         unreachable, full), each with the path and the system's reason.
/// Thread safety: all methods may be called concurrently.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<ReadableFile>> open_read(const std::string& path) = 0;
  /// Creates the file, or empties it.
  virtual Result<std::unique_ptr<WritableFile>> open_write(const std::string& path) = 0;
  virtual Result<FileEntry> describe(const std::string& path) = 0;
  /// A change made now may be said by `FileEntry::modified` to be so much older: Linux writes down
  /// the time of its last tick.
  [[nodiscard]] virtual Duration modified_lag_max() const { return std::chrono::milliseconds(10); }
  /// The entries of a directory, sorted by path, without "." and "..".
  virtual Result<std::vector<FileEntry>> list(const std::string& directory) = 0;
  /// Replaces `target` in one step where it exists.
  virtual Status rename(const std::string& source, const std::string& target) = 0;
  /// Removes a file, or a directory with all that is in it. Nothing there: success.
  virtual Status remove(const std::string& path) = 0;
  /// Creates the directory and those above it. There already: success.
  virtual Status make_directories(const std::string& path) = 0;
  /// Creates a directory that is not there, and those above it. Nobody else may read what is in it,
  /// where the file system knows users.
  virtual Status make_private_directory(const std::string& path) { return make_directories(path); }
  /// Names created or renamed in the directory survive a power cut once this returns.
  virtual Status sync_directory(const std::string& path) = 0;
  /// Holds the file `path` against every other caller, of this process and others. The file is
  /// created where it is missing, and then says `holder`, a line for people.
  /// Errors: unavailable while it is held, with what its holder wrote; unsupported where a file
  ///         can't be locked so that a process that dies lets go of it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path, std::string_view holder);
  /// Writes a file that must not be there yet: who reads sees nothing of it or all, and its bytes
  /// survive a power cut once this returns, its name once the directory is synced. One that this
  /// process wrote when it was tried before, or that has just these bytes, is success. By
  /// create_by_rename() (files/new_file.h) where the file system does not decide itself who of
  /// several comes first.
  /// Errors: invalid_argument where another's file is there.
  virtual Status create_if_absent(const std::string& path, std::string_view bytes);
};

/// The machine's own files.
class LocalFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<ReadableFile>> open_read(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> open_write(const std::string& path) override;
  Result<FileEntry> describe(const std::string& path) override;
  Result<std::vector<FileEntry>> list(const std::string& directory) override;
  Status rename(const std::string& source, const std::string& target) override;
  Status remove(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Status make_private_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, std::string_view holder) override;
};

/// A file system and a path on it.
struct FileLocation {
  std::shared_ptr<FileSystem> system;
  std::string path;
};

/// The file systems known by scheme: "file" from the start, others when a connector adds them.
///
/// Thread safety: all methods may be called concurrently.
class FileSystems {
 public:
  FileSystems();
  void add(const std::string& scheme, std::shared_ptr<FileSystem> system);
  /// "/data/a", "file:///data/a" and "data/a" are local. Errors: unsupported for another scheme.
  Result<FileLocation> resolve(std::string_view address) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<FileSystem>, std::less<>> systems_;
};

/// What is there of the names that match `pattern` (`*`, `?` and `[...]` within one name), sorted
/// by path; of a pattern without such signs itself, or nothing.
Result<std::vector<FileEntry>> matching_entries(FileSystem& files, const std::string& pattern);

/// The paths that match `pattern` (`*`, `?` and `[...]` within one name), sorted; a pattern without
/// such signs is itself, whether it exists or not.
Result<std::vector<std::string>> expand_glob(FileSystem& files, const std::string& pattern);

/// True where `name` matches `pattern` of `*`, `?` and `[...]`; no sign matches a slash.
bool matches_glob(std::string_view pattern, std::string_view name);

/// "dir/name", with one slash between.
std::string join_path(std::string_view directory, std::string_view name);

/// "/a/b" of "/a/b/c"; "." of "c".
std::string parent_path(std::string_view path);

/// "c" of "/a/b/c".
std::string_view base_name(std::string_view path);

}  // namespace thalweg
