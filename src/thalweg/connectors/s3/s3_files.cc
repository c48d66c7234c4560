// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/s3/s3_files.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <arrow/filesystem/s3fs.h>
#include <arrow/result.h>

#include "thalweg/columnar/arrow_status.h"
#include "thalweg/common/files/new_file.h"
#include "thalweg/connectors/range_reader.h"
#include "thalweg/connectors/s3/conditional_put.h"

namespace thalweg::s3 {
namespace {

using arrow::fs::FileType;

constexpr double connect_wait_s_max = 5;
constexpr double silence_s_max = 30;
constexpr std::int64_t tries_max = 5;

/// "hdfs://bucket/a" for messages, and the failure that Arrow reported for it.
class Place {
 public:
  Place(std::string scheme) : scheme_(std::move(scheme)) {}  // NOLINT

  [[nodiscard]] std::string text_of(const std::string& path) const {
    return scheme_ + "://" + path;
  }
  [[nodiscard]] Status failure(std::string_view failed, const std::string& path,
                               const arrow::Status& status) const {
    std::string reason = status.message();
    ErrorCode code = to_status(status).code();
    auto says = [&](std::string_view words) { return reason.find(words) != std::string::npos; };
    // Arrow has one code for all that goes wrong outside.
    if (says("Path does not exist") || says("NO_SUCH_BUCKET") || says("NO_SUCH_KEY")) {
      code = ErrorCode::not_found;
    }
    return {code, std::string(failed) + ": " + text_of(path) + " (" + reason + ")"};
  }

 private:
  std::string scheme_;
};

class S3Reader final : public RangeReader {
 public:
  S3Reader(Place place, std::string path, std::shared_ptr<arrow::io::RandomAccessFile> file,
           std::uint64_t size_bytes)
      : RangeReader(size_bytes),
        place_(std::move(place)),
        path_(std::move(path)),
        file_(std::move(file)),
        opened_size_bytes_(size_bytes) {}

 protected:
  Result<std::size_t> fetch(std::uint64_t offset, char* out, std::size_t size) override {
    auto got =
        file_->ReadAt(static_cast<std::int64_t>(offset), static_cast<std::int64_t>(size), out);
    if (!got.ok()) return place_.failure("file cannot be read", path_, got.status());
    return static_cast<std::size_t>(*got);
  }
  /// An object is replaced as a whole and never grows.
  Result<std::uint64_t> fetch_size() override { return opened_size_bytes_; }

 private:
  const Place place_;
  const std::string path_;
  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const std::uint64_t opened_size_bytes_;
};

class S3Writer final : public WritableFile {
 public:
  S3Writer(Place place, std::string path, std::shared_ptr<arrow::io::OutputStream> stream)
      : place_(std::move(place)), path_(std::move(path)), stream_(std::move(stream)) {}
  /// What was not closed is given up; the server forgets the parts.
  ~S3Writer() override {
    if (!stream_->closed()) (void)stream_->Abort();
  }

  Status append(std::string_view bytes) override {
    if (stream_->closed()) {
      return {ErrorCode::unsupported,
              "an object of S3 can't be appended to once it is synced: " + place_.text_of(path_) +
                  "; use a file system that can, or write a new file"};
    }
    return checked(stream_->Write(bytes.data(), static_cast<std::int64_t>(bytes.size())));
  }
  Status sync() override { return close(); }
  Status close() override { return stream_->closed() ? Status() : checked(stream_->Close()); }

 private:
  [[nodiscard]] Status checked(const arrow::Status& status) const {
    return status.ok() ? Status() : place_.failure("file cannot be written", path_, status);
  }

  const Place place_;
  const std::string path_;
  const std::shared_ptr<arrow::io::OutputStream> stream_;
};

class S3Files final : public FileSystem {
 public:
  S3Files(const std::string& scheme, std::shared_ptr<arrow::fs::S3FileSystem> files,
          SignedHttpOptions signed_http, Clock& clock)
      : place_(scheme),
        files_(std::move(files)),
        conditional_put_(scheme, std::move(signed_http), clock) {}

  Result<std::unique_ptr<ReadableFile>> open_read(const std::string& path) override {
    THALWEG_TRY_ASSIGN(FileEntry entry, describe(path));
    if (entry.is_directory) {
      return Status(ErrorCode::invalid_argument,
                    "file cannot be opened: " + place_.text_of(path) + " (it is a directory)");
    }
    auto file = files_->OpenInputFile(named(path));
    if (!file.ok()) return place_.failure("file cannot be opened", path, file.status());
    return std::unique_ptr<ReadableFile>(
        std::make_unique<S3Reader>(place_, path, *std::move(file), entry.size_bytes));
  }

  Result<std::unique_ptr<WritableFile>> open_write(const std::string& path) override {
    auto stream = files_->OpenOutputStream(named(path));
    if (!stream.ok()) return place_.failure("file cannot be created", path, stream.status());
    return std::unique_ptr<WritableFile>(
        std::make_unique<S3Writer>(place_, path, *std::move(stream)));
  }

  Result<FileEntry> describe(const std::string& path) override {
    auto info = files_->GetFileInfo(named(path));
    if (!info.ok()) return place_.failure("file not found", path, info.status());
    if (info->type() == FileType::NotFound) {
      return Status(ErrorCode::not_found, "file not found: " + place_.text_of(path));
    }
    return entry_of(*info);
  }

  /// S3 tells whole seconds.
  [[nodiscard]] Duration modified_lag_max() const override { return std::chrono::seconds(1); }

  Result<std::vector<FileEntry>> list(const std::string& directory) override {
    arrow::fs::FileSelector selector;
    selector.base_dir = named(directory);
    auto infos = files_->GetFileInfo(selector);
    if (!infos.ok()) return place_.failure("directory cannot be listed", directory, infos.status());
    std::vector<FileEntry> entries;
    for (const auto& info : *infos) entries.push_back(entry_of(info));
    std::sort(entries.begin(), entries.end(),
              [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
    return entries;
  }

  Status rename(const std::string& source, const std::string& target) override {
    THALWEG_TRY_ASSIGN(FileEntry entry, describe(source));
    if (entry.is_directory) {
      return {ErrorCode::unsupported,
              "a directory of S3 can't be renamed: " + place_.text_of(source) +
                  "; rename its files, or write them where they belong"};
    }
    auto copied = files_->CopyFile(named(source), named(target));
    std::string failed = "file cannot be renamed to " + target;
    if (!copied.ok()) return place_.failure(failed, source, copied);
    auto removed = files_->DeleteFile(named(source));
    return removed.ok() ? Status() : place_.failure(failed, source, removed);
  }

  Status remove(const std::string& path) override {
    auto entry = describe(path);
    if (!entry.ok()) {
      return entry.status().code() == ErrorCode::not_found ? Status() : entry.status();
    }
    auto removed = entry.value().is_directory ? files_->DeleteDir(named(path))
                                              : files_->DeleteFile(named(path));
    return removed.ok() ? Status() : place_.failure("file cannot be removed", path, removed);
  }

  Status make_directories(const std::string& path) override {
    auto made = files_->CreateDir(named(path), /*recursive=*/true);
    return made.ok() ? Status() : place_.failure("directory cannot be created", path, made);
  }

  Status sync_directory(const std::string&) override { return {}; }

  Status create_if_absent(const std::string& path, std::string_view bytes) override {
    THALWEG_TRY_ASSIGN(bool honoured, conditional_put_.is_honoured(path));
    return honoured ? conditional_put_.put(path, bytes) : create_by_rename(*this, path, bytes);
  }

 private:
  /// Arrow takes no slash at the end.
  static std::string named(std::string path) {
    while (path.ends_with('/')) path.pop_back();
    return path;
  }

  static FileEntry entry_of(const arrow::fs::FileInfo& info) {
    FileEntry entry;
    entry.path = info.path();
    entry.is_directory = info.type() == FileType::Directory;
    entry.size_bytes = entry.is_directory ? 0 : static_cast<std::uint64_t>(info.size());
    if (!entry.is_directory) {
      entry.modified = Time(std::chrono::duration_cast<Duration>(info.mtime().time_since_epoch()));
    }
    return entry;
  }

  const Place place_;
  const std::shared_ptr<arrow::fs::S3FileSystem> files_;
  ConditionalPut conditional_put_;
};

/// For requests beside Arrow's client: to the same server, with the same keys.
SignedHttpOptions signed_http_options(const arrow::fs::S3Options& s3, const std::string& region) {
  SignedHttpOptions options;
  std::string host =
      s3.endpoint_override.empty() ? "s3." + region + ".amazonaws.com" : s3.endpoint_override;
  options.endpoint = s3.scheme + "://" + host;
  options.region = region;
  options.credentials = [s3] {
    return S3Credentials{s3.GetAccessKey(), s3.GetSecretKey(), s3.GetSessionToken()};
  };
  return options;
}

}  // namespace

Result<std::shared_ptr<FileSystem>> make_s3_files(const S3FilesOptions& options, Clock& clock) {
  auto initialised = arrow::fs::EnsureS3Initialized();
  if (!initialised.ok()) return to_status(initialised).within("S3 cannot be used");
  auto s3 = arrow::fs::S3Options::Defaults();
  s3.connect_timeout = connect_wait_s_max;
  s3.request_timeout = silence_s_max;
  s3.retry_strategy = arrow::fs::S3RetryStrategy::GetAwsStandardRetryStrategy(tries_max);
  if (!options.endpoint.empty()) {
    std::size_t colon = options.endpoint.find("://");
    if (colon != std::string::npos) s3.scheme = options.endpoint.substr(0, colon);
    s3.endpoint_override = options.endpoint.substr(colon == std::string::npos ? 0 : colon + 3);
    while (s3.endpoint_override.ends_with('/')) s3.endpoint_override.pop_back();
  }
  auto files = arrow::fs::S3FileSystem::Make(s3);
  if (!files.ok()) return to_status(files.status()).within("S3 cannot be used");
  // What ends with the process ends in the reverse order of its making: this has to come before
  // what Arrow made for its first client.
  static const int registered = std::atexit([] { (void)arrow::fs::EnsureS3Finalized(); });
  (void)registered;
  SignedHttpOptions signed_http = signed_http_options(s3, (*files)->region());
  return std::shared_ptr<FileSystem>(
      std::make_shared<S3Files>(options.scheme, *std::move(files), std::move(signed_http), clock));
}

}  // namespace thalweg::s3
