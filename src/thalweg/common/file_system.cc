// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "thalweg/common/loading/loaded_library.h"

namespace thalweg {
namespace {

Status failure(std::string_view what, const std::string& path, int error) {
  std::string message =
      std::string(what) + ": " + path + " (" + std::generic_category().message(error) + ")";
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return {ErrorCode::not_found, message};
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
      return {ErrorCode::invalid_argument, message};
    default:
      return {ErrorCode::unavailable, message};
  }
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

class LocalReadableFile final : public ReadableFile {
 public:
  LocalReadableFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      ssize_t got = ::pread(fd_.get(), out + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failure("file cannot be read", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Result<std::uint64_t> size_bytes() override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return failure("file cannot be read", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class LocalWritableFile final : public WritableFile {
 public:
  LocalWritableFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return failure("file cannot be written", path_, errno);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
  }

  Status sync() override {
    if (::fdatasync(fd_.get()) != 0) return failure("file cannot be synced", path_, errno);
    return {};
  }

  Status close() override {
    if (::close(fd_.release()) != 0) return failure("file cannot be closed", path_, errno);
    return {};
  }

 private:
  Descriptor fd_;
  std::string path_;
};

/// Held by flock(), which ends with the process.
class LocalFileLock final : public FileLock {
 public:
  explicit LocalFileLock(int fd) : fd_(fd) {}

 private:
  Descriptor fd_;
};

/// The first line of a small file, without its end.
std::string first_line(LocalReadableFile& file) {
  std::string bytes(512, '\0');
  auto got = file.read_at(0, bytes.data(), bytes.size());
  bytes.resize(got.ok() ? got.value() : 0);
  return bytes.substr(0, bytes.find('\n'));
}

FileEntry entry_of(std::string path, const struct stat& info) {
  FileEntry entry;
  entry.path = std::move(path);
  entry.size_bytes = static_cast<std::uint64_t>(info.st_size);
  entry.modified = Time::from_micros(info.st_mtim.tv_sec * 1'000'000 + info.st_mtim.tv_nsec / 1000);
  entry.is_directory = S_ISDIR(info.st_mode);
  entry.is_special = !S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode);
  entry.identity = std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
  entry.writable_by_others = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  return entry;
}

/// The names in a directory, links that lead nowhere among them.
Result<std::vector<std::string>> names_in(const std::string& directory) {
  DIR* handle = ::opendir(directory.c_str());
  if (handle == nullptr) return failure("directory cannot be listed", directory, errno);
  std::vector<std::string> names;
  while (const dirent* item = ::readdir(handle)) {
    std::string_view name = item->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(handle);
  return names;
}

bool has_glob_sign(std::string_view name) { return name.find_first_of("*?[") != name.npos; }

/// Adds what there is of `part`, a pattern for one name or a path without signs, in a directory.
Status add_matching(FileSystem& files, const std::string& directory, const std::string& part,
                    bool last, std::vector<FileEntry>& found) {
  if (!has_glob_sign(part)) {
    std::string path = directory.empty() ? part : join_path(directory, part);
    auto entry = files.describe(path);
    if (entry.ok()) {
      entry.value().path = std::move(path);
      found.push_back(std::move(entry).value());
      return {};
    }
    return entry.status().code() == ErrorCode::not_found ? Status() : entry.status();
  }
  auto entries = files.list(directory.empty() ? "." : directory);
  if (!entries.ok()) {
    // A file where the pattern wants a directory does not match; the rest is worth telling.
    return entries.status().code() == ErrorCode::not_found ? Status() : entries.status();
  }
  for (auto& entry : entries.value()) {
    std::string name(base_name(entry.path));
    if (name.starts_with('.') && !part.starts_with('.')) continue;
    if (!matches_glob(part, name) || (!last && !entry.is_directory)) continue;
    entry.path = directory.empty() ? std::move(name) : join_path(directory, name);
    found.push_back(std::move(entry));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ReadableFile>> LocalFileSystem::open_read(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failure("file cannot be opened", path, errno);
  Descriptor descriptor(fd);
  struct stat info {};
  if (::fstat(fd, &info) != 0) return failure("file cannot be opened", path, errno);
  if (S_ISDIR(info.st_mode)) return failure("file cannot be opened", path, EISDIR);
  return std::unique_ptr<ReadableFile>(new LocalReadableFile(descriptor.release(), path));
}

Result<std::unique_ptr<WritableFile>> LocalFileSystem::open_write(const std::string& path) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return failure("file cannot be created", path, errno);
  return std::unique_ptr<WritableFile>(new LocalWritableFile(fd, path));
}

Result<FileEntry> LocalFileSystem::describe(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return failure("file not found", path, errno);
  return entry_of(path, info);
}

Result<std::vector<FileEntry>> LocalFileSystem::list(const std::string& directory) {
  THALWEG_TRY_ASSIGN(auto names, names_in(directory));
  std::vector<FileEntry> entries;
  for (const auto& name : names) {
    std::string path = join_path(directory, name);
    struct stat info {};
    // A file that vanished between the listing and here was never there.
    if (::stat(path.c_str(), &info) == 0) entries.push_back(entry_of(std::move(path), info));
  }
  std::sort(entries.begin(), entries.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
  return entries;
}

Status LocalFileSystem::rename(const std::string& source, const std::string& target) {
  if (::rename(source.c_str(), target.c_str()) != 0) {
    return failure("file cannot be renamed to " + target, source, errno);
  }
  return {};
}

Status LocalFileSystem::remove(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? Status() : failure("file cannot be removed", path, errno);
  }
  if (S_ISDIR(info.st_mode)) {
    THALWEG_TRY_ASSIGN(auto names, names_in(path));
    for (const auto& name : names) THALWEG_TRY(remove(join_path(path, name)));
  }
  if (::remove(path.c_str()) != 0 && errno != ENOENT) {
    return failure("file cannot be removed", path, errno);
  }
  return {};
}

Status LocalFileSystem::make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    std::string part = path.substr(0, slash);
    if (!part.empty() && ::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) {
      return failure("directory cannot be created", part, errno);
    }
    if (slash == std::string::npos) break;
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return failure("directory cannot be created", path, ENOTDIR);
  }
  return {};
}

Status LocalFileSystem::make_private_directory(const std::string& path) {
  (void)make_directories(parent_path(path));
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  return failure("directory cannot be created", path, errno);
}

Status LocalFileSystem::sync_directory(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return failure("directory cannot be synced", path, errno);
  if (::fsync(fd.get()) != 0) return failure("directory cannot be synced", path, errno);
  return {};
}

Result<std::unique_ptr<FileLock>> LocalFileSystem::lock(const std::string& path,
                                                        std::string_view holder) {
  Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (fd.get() < 0) return failure("file cannot be locked", path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failure("file cannot be locked", path, errno);
    LocalReadableFile file(fd.release(), path);
    return Status(ErrorCode::unavailable, "file is locked: " + path + "; held by " +
                                              first_line(file) +
                                              "; stop that program, or use another directory");
  }
  // Who removed the file while it was held let a second one be made: then this lock is of no file.
  struct stat ours {};
  struct stat named {};
  if (::fstat(fd.get(), &ours) != 0 || ::stat(path.c_str(), &named) != 0 ||
      ours.st_ino != named.st_ino) {
    return Status(ErrorCode::unavailable, "file was replaced while it was locked: " + path);
  }
  if (::ftruncate(fd.get(), 0) != 0) return failure("file cannot be written", path, errno);
  LocalWritableFile file(::dup(fd.get()), path);
  THALWEG_TRY(file.append(std::string(holder) + "\n"));
  THALWEG_TRY(file.close());
  return std::unique_ptr<FileLock>(new LocalFileLock(fd.release()));
}

Result<std::unique_ptr<FileLock>> FileSystem::lock(const std::string& path, std::string_view) {
  return Status(ErrorCode::unsupported, "this file system can't lock a file: " + path);
}

FileSystems::FileSystems() { systems_["file"] = std::make_shared<LocalFileSystem>(); }

void FileSystems::add(const std::string& scheme, std::shared_ptr<FileSystem> system) {
  std::lock_guard lock(mutex_);
  systems_[scheme] = std::move(system);
}

Result<FileLocation> FileSystems::resolve(std::string_view address) const {
  std::size_t colon = address.find("://");
  std::string scheme(colon == std::string_view::npos ? "file" : address.substr(0, colon));
  std::string path(colon == std::string_view::npos ? address : address.substr(colon + 3));
  std::unique_lock lock(mutex_);
  auto found = systems_.find(scheme);
  if (found != systems_.end()) return FileLocation{found->second, std::move(path)};
  std::string known;
  for (const auto& [name, system] : systems_) known += name + ", ";
  lock.unlock();
  auto loaded = loaded_file_system(scheme);
  if (!loaded.ok()) return loaded.status().within(address);
  if (loaded.value() != nullptr) return FileLocation{std::move(loaded).value(), std::move(path)};
  known += loaded_schemes();
  return Status(ErrorCode::unsupported, "no file system for \"" + scheme +
                                            "://\": " + std::string(address) + "; known: " + known);
}

bool matches_glob(std::string_view pattern, std::string_view name) {
  return ::fnmatch(std::string(pattern).c_str(), std::string(name).c_str(), FNM_PATHNAME) == 0;
}

Result<std::vector<FileEntry>> matching_entries(FileSystem& files, const std::string& pattern) {
  FileEntry root;
  root.path = pattern.starts_with('/') ? "/" : "";
  root.is_directory = true;
  std::vector<FileEntry> found{std::move(root)};
  std::size_t begin = pattern.find_first_not_of('/');
  while (begin != std::string::npos) {
    std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    // Names without signs in a row are one path, and asked for once.
    while (!has_glob_sign(pattern.substr(begin, end - begin)) && end < pattern.size()) {
      std::size_t next = std::min(pattern.find('/', end + 1), pattern.size());
      if (has_glob_sign(pattern.substr(end, next - end))) break;
      end = next;
    }
    std::string part = pattern.substr(begin, end - begin);
    bool last = pattern.find_first_not_of('/', end) == std::string::npos;
    std::vector<FileEntry> next;
    for (const auto& directory : found) {
      THALWEG_TRY(add_matching(files, directory.path, part, last, next));
    }
    found = std::move(next);
    begin = pattern.find_first_not_of('/', end);
  }
  return found;
}

Result<std::vector<std::string>> expand_glob(FileSystem& files, const std::string& pattern) {
  if (!has_glob_sign(pattern)) return std::vector{pattern};
  THALWEG_TRY_ASSIGN(auto entries, matching_entries(files, pattern));
  std::vector<std::string> paths;
  for (auto& entry : entries) paths.push_back(std::move(entry.path));
  return paths;
}

std::string join_path(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path += '/';
  path += name;
  return path;
}

std::string parent_path(std::string_view path) {
  std::size_t slash = path.find_last_of('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string_view base_name(std::string_view path) {
  std::size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace thalweg
