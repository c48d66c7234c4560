// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "thalweg/common/file_system.h"
#include "thalweg/connectors/hdfs/web_hdfs_client.h"

namespace thalweg::hdfs {

/// The entry of one path: its size, time and kind. Errors: as WebHdfsClient::ask().
Result<FileEntry> describe_file(WebHdfsClient& client, const Address& at, std::string path);

/// A file to read, of so many bytes when it was opened.
std::unique_ptr<ReadableFile> make_remote_reader(std::shared_ptr<WebHdfsClient> client, Address at,
                                                 std::uint64_t size_bytes);

/// A file to write, that replaces what is there.
std::unique_ptr<WritableFile> make_remote_writer(std::shared_ptr<WebHdfsClient> client, Address at);

}  // namespace thalweg::hdfs
