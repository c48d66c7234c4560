// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/hdfs/web_hdfs.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "thalweg/connectors/hdfs/remote_file.h"

namespace thalweg::hdfs {
namespace {

using Json = nlohmann::json;

/// More entries than any directory that is read as one; above it the listing is given up.
constexpr std::size_t entries_max = 10'000'000;

constexpr int rename_tries_max = 3;

Status malformed(const WebHdfsClient& client, const Address& at, std::string_view what) {
  return {ErrorCode::unavailable, "the answer about " + client.text_of(at) + " is not WebHDFS's (" +
                                      std::string(what) + "); is the address a NameNode's?"};
}

/// Errors: thrown by the JSON library where something is missing.
FileEntry entry_of(const Json& status, std::string path) {
  FileEntry entry;
  entry.path = std::move(path);
  entry.size_bytes = status.at("length").get<std::uint64_t>();
  entry.modified = Time::from_micros(status.at("modificationTime").get<std::int64_t>() * 1000);
  entry.is_directory = status.at("type").get<std::string>() == "DIRECTORY";
  auto permission = status.at("permission").get<std::string>();
  unsigned bits = 0;
  std::from_chars(permission.data(), permission.data() + permission.size(), bits, 8);
  entry.writable_by_others = (bits & 022) != 0;
  return entry;
}

/// A page of a listing.
struct Page {
  std::vector<FileEntry> entries;
  std::string last_name;
  bool more = false;
};

Result<Page> page_of(const WebHdfsClient& client, const Address& at, const std::string& directory,
                     const std::string& text) {
  try {
    Page page;
    const Json listing = Json::parse(text).at("DirectoryListing");
    for (const auto& status : listing.at("partialListing").at("FileStatuses").at("FileStatus")) {
      page.last_name = status.at("pathSuffix").get<std::string>();
      if (page.last_name.empty()) {
        return Status(ErrorCode::not_found,
                      "directory cannot be listed: " + client.text_of(at) + " (it is a file)");
      }
      page.entries.push_back(entry_of(status, join_path(directory, page.last_name)));
    }
    page.more = listing.at("remainingEntries").get<std::int64_t>() > 0;
    return page;
  } catch (const Json::exception& error) {
    return malformed(client, at, error.what());
  }
}

}  // namespace

Result<FileEntry> describe_file(WebHdfsClient& client, const Address& at, std::string path) {
  THALWEG_TRY_ASSIGN(
      Answer answer,
      client.ask(at, {.method = "GET", .name = "GETFILESTATUS", .failed = "file not found"}));
  try {
    return entry_of(Json::parse(answer.text).at("FileStatus"), std::move(path));
  } catch (const Json::exception& error) {
    return malformed(client, at, error.what());
  }
}

Result<std::unique_ptr<ReadableFile>> WebHdfs::open_read(const std::string& path) {
  THALWEG_TRY_ASSIGN(Address at, parse_address(path));
  THALWEG_TRY_ASSIGN(FileEntry entry, describe_file(*client_, at, path));
  if (entry.is_directory) {
    return Status(ErrorCode::invalid_argument,
                  "file cannot be opened: " + client_->text_of(at) + " (it is a directory)");
  }
  return make_remote_reader(client_, std::move(at), entry.size_bytes);
}

Result<std::unique_ptr<WritableFile>> WebHdfs::open_write(const std::string& path) {
  THALWEG_TRY_ASSIGN(Address at, parse_address(path));
  return make_remote_writer(client_, std::move(at));
}

Result<FileEntry> WebHdfs::describe(const std::string& path) {
  THALWEG_TRY_ASSIGN(Address at, parse_address(path));
  return describe_file(*client_, at, path);
}

Result<std::vector<FileEntry>> WebHdfs::list(const std::string& directory) {
  THALWEG_TRY_ASSIGN(Address at, parse_address(directory));
  std::vector<FileEntry> entries;
  Operation list{
      .method = "GET", .name = "LISTSTATUS_BATCH", .failed = "directory cannot be listed"};
  while (entries.size() < entries_max) {
    THALWEG_TRY_ASSIGN(Answer answer, client_->ask(at, list));
    THALWEG_TRY_ASSIGN(Page page, page_of(*client_, at, directory, answer.text));
    if (!page.entries.empty() && !entries.empty() &&
        page.entries.front().path <= entries.back().path) {
      return malformed(*client_, at, "it lists the same entries again");
    }
    std::move(page.entries.begin(), page.entries.end(), std::back_inserter(entries));
    if (!page.more || page.last_name.empty()) break;
    // In small letters, as its servers read it; with the documented capital 3.5 ignores it.
    list.query = "&startafter=" + encoded_value(page.last_name);
  }
  std::sort(entries.begin(), entries.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
  return entries;
}

Status WebHdfs::rename(const std::string& source, const std::string& target) {
  THALWEG_TRY_ASSIGN(Address from, parse_address(source));
  THALWEG_TRY_ASSIGN(Address to, parse_address(target));
  if (from.authority != to.authority) {
    return {ErrorCode::invalid_argument,
            "file cannot be renamed to another cluster: " + client_->text_of(from) + " to " +
                client_->text_of(to)};
  }
  std::string failed = "file cannot be renamed to " + to.path;
  Operation rename{.method = "PUT", .name = "RENAME", .failed = failed};
  rename.query = "&renameoptions=OVERWRITE&destination=" + encoded_value(to.path);
  rename.once = true;
  for (int tries = 1;; ++tries) {
    Status renamed = client_->ask(from, rename).status();
    if (renamed.ok() || renamed.code() != ErrorCode::unavailable) return renamed;
    // An answer that was lost may have been a good one: then only the target is there.
    auto left = describe(source);
    if (!left.ok() && left.status().code() == ErrorCode::not_found && describe(target).ok()) {
      return {};
    }
    if (tries == rename_tries_max) return renamed;
  }
}

Status WebHdfs::remove(const std::string& path) {
  THALWEG_TRY_ASSIGN(Address at, parse_address(path));
  Operation remove{.method = "DELETE", .name = "DELETE", .failed = "file cannot be removed"};
  remove.query = "&recursive=true";
  return client_->ask(at, remove).status();
}

Status WebHdfs::make_directories(const std::string& path) {
  THALWEG_TRY_ASSIGN(Address at, parse_address(path));
  return client_
      ->ask(at, {.method = "PUT", .name = "MKDIRS", .failed = "directory cannot be created"})
      .status();
}

Status WebHdfs::sync_directory(const std::string&) {
  // The NameNode has written a name to its journal before it answers.
  return {};
}

}  // namespace thalweg::hdfs
