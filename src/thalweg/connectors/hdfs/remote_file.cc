// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/hdfs/remote_file.h"

#include <algorithm>

#include "thalweg/connectors/hdfs/web_hdfs.h"
#include "thalweg/connectors/range_reader.h"

namespace thalweg::hdfs {
namespace {

class RemoteReader final : public RangeReader {
 public:
  RemoteReader(std::shared_ptr<WebHdfsClient> client, Address at, std::uint64_t size_bytes)
      : RangeReader(size_bytes), client_(std::move(client)), at_(std::move(at)) {}

 protected:
  Result<std::size_t> fetch(std::uint64_t offset, char* out, std::size_t size) override {
    Operation open{.method = "GET", .name = "OPEN", .failed = "file cannot be read"};
    open.on_data_node = true;
    open.room = out;
    open.room_bytes = size;
    open.offset = offset;
    THALWEG_TRY_ASSIGN(Answer answer, client_->ask(at_, open));
    return answer.received_bytes;
  }

  Result<std::uint64_t> fetch_size() override {
    THALWEG_TRY_ASSIGN(FileEntry entry, describe_file(*client_, at_, {}));
    return entry.size_bytes;
  }

 private:
  const std::shared_ptr<WebHdfsClient> client_;
  const Address at_;
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
