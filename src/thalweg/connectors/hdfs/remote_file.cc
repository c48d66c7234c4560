// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/hdfs/remote_file.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "thalweg/connectors/hdfs/web_hdfs.h"

namespace thalweg::hdfs {
namespace {

class RemoteReader final : public ReadableFile {
 public:
  RemoteReader(std::shared_ptr<WebHdfsClient> client, Address at, std::uint64_t size_bytes)
      : client_(std::move(client)), at_(std::move(at)), size_bytes_(size_bytes) {}

  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) override {
    std::lock_guard lock(mutex_);
    std::size_t done = 0;
    while (done < size) {
      std::size_t held = take_held(offset + done, out + done, size - done);
      done += held;
      if (held > 0) continue;
      if (offset + done >= size_bytes_) {
        // What grows while it is read ends where it ends now.
        THALWEG_TRY_ASSIGN(FileEntry entry, describe_file(*client_, at_, {}));
        size_bytes_ = entry.size_bytes;
        if (offset + done >= size_bytes_) break;
      }
      THALWEG_TRY(fetch(offset + done, size - done));
      if (block_.empty()) break;
    }
    return done;
  }

  Result<std::uint64_t> size_bytes() override {
    std::lock_guard lock(mutex_);
    THALWEG_TRY_ASSIGN(FileEntry entry, describe_file(*client_, at_, {}));
    size_bytes_ = entry.size_bytes;
    return size_bytes_;
  }

 private:
  std::size_t take_held(std::uint64_t offset, char* out, std::size_t size) const {
    if (offset < block_at_ || offset >= block_at_ + block_.size()) return 0;
    auto from = static_cast<std::size_t>(offset - block_at_);
    std::size_t taken = std::min(size, block_.size() - from);
    std::memcpy(out, block_.data() + from, taken);
    return taken;
  }

  /// Holds what begins at `offset`: so many bytes, and the more beyond them the longer the file has
  /// been read in order.
  Status fetch(std::uint64_t offset, std::size_t size) {
    bool in_order = offset == block_at_ + block_.size();
    ahead_bytes_ =
        in_order ? std::clamp(ahead_bytes_ * 2, ahead_bytes_min, WebHdfs::ahead_bytes_max) : 0;
    std::uint64_t left = size_bytes_ - offset;
    block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, size + ahead_bytes_)));
    block_at_ = offset;
    Operation open{.method = "GET", .name = "OPEN", .failed = "file cannot be read"};
    open.on_data_node = true;
    open.room = block_.data();
    open.room_bytes = block_.size();
    open.offset = offset;
    auto answer = client_->ask(at_, open);
    block_.resize(answer.ok() ? answer.value().received_bytes : 0);
    return answer.ok() ? Status() : answer.status();
  }

  static constexpr std::size_t ahead_bytes_min = 256 << 10;

  const std::shared_ptr<WebHdfsClient> client_;
  const Address at_;
  std::mutex mutex_;
  std::uint64_t size_bytes_;
  std::uint64_t block_at_ = 0;
  std::string block_;
  std::size_t ahead_bytes_ = 0;
};

class RemoteWriter final : public WritableFile {
 public:
  RemoteWriter(std::shared_ptr<WebHdfsClient> client, Address at)
      : client_(std::move(client)), at_(std::move(at)) {}

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      std::size_t taken = std::min(bytes.size(), WebHdfs::part_bytes_max - part_.size());
      part_.append(bytes.substr(0, taken));
      bytes.remove_prefix(taken);
      if (part_.size() == WebHdfs::part_bytes_max) THALWEG_TRY(flush());
    }
    return {};
  }

  Status sync() override { return created_ && part_.empty() ? Status() : flush(); }
  Status close() override { return sync(); }

 private:
  Status flush() {
    THALWEG_TRY(created_ ? append_part() : create());
    created_ = true;
    written_bytes_ += part_.size();
    part_.clear();
    return {};
  }

  /// May be repeated: the file is the same again.
  Status create() {
    Operation operation{.method = "PUT", .name = "CREATE", .failed = "file cannot be written"};
    operation.query = "&overwrite=true";
    operation.on_data_node = true;
    operation.body = part_;
    return client_->ask(at_, operation).status();
  }

  /// Repeated, it would be there twice: after each try the file's size tells whether it arrived.
  Status append_part() {
    Operation operation{.method = "POST", .name = "APPEND", .failed = "file cannot be written"};
    operation.on_data_node = true;
    operation.body = part_;
    operation.once = true;
    for (int tries = 1;; ++tries) {
      auto answer = client_->ask(at_, operation);
      if (answer.ok()) return {};
      if (answer.status().code() != ErrorCode::unavailable) return answer.status();
      THALWEG_TRY_ASSIGN(FileEntry entry, describe_file(*client_, at_, {}));
      if (entry.size_bytes == written_bytes_ + part_.size()) return {};
      if (entry.size_bytes != written_bytes_ || tries == append_tries_max) return answer.status();
    }
  }

  static constexpr int append_tries_max = 3;

  const std::shared_ptr<WebHdfsClient> client_;
  const Address at_;
  std::string part_;
  std::uint64_t written_bytes_ = 0;
  bool created_ = false;
};

}  // namespace

std::unique_ptr<ReadableFile> make_remote_reader(std::shared_ptr<WebHdfsClient> client, Address at,
                                                 std::uint64_t size_bytes) {
  return std::make_unique<RemoteReader>(std::move(client), std::move(at), size_bytes);
}

std::unique_ptr<WritableFile> make_remote_writer(std::shared_ptr<WebHdfsClient> client,
                                                 Address at) {
  return std::make_unique<RemoteWriter>(std::move(client), std::move(at));
}

}  // namespace thalweg::hdfs
