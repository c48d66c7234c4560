// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "thalweg/common/file_system.h"
#include "thalweg/connectors/hdfs/web_hdfs_client.h"

namespace thalweg::hdfs {

/// The files of HDFS clusters, over WebHDFS. A path begins with the NameNode: "namenode:9000/logs".
///
/// A file that is written is created when the first `part_bytes_max` are there, or at sync() or
/// close(); until then, so many bytes a writer are held. What sync() returns for is closed on the
/// DataNodes, which hold it in as many copies as the cluster makes.
///
/// A rename keeps the time of the last change. Files can't be locked: lock() is unsupported.
class WebHdfs final : public FileSystem {
 public:
  static constexpr std::size_t part_bytes_max = std::size_t{16} << 20;

  /// The clock outlives it, and every file opened with it.
  WebHdfs(WebHdfsOptions options, Clock& clock)
      : client_(std::make_shared<WebHdfsClient>(std::move(options), clock)) {}

  Result<std::unique_ptr<ReadableFile>> open_read(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> open_write(const std::string& path) override;
  Result<FileEntry> describe(const std::string& path) override;
  Result<std::vector<FileEntry>> list(const std::string& directory) override;
  Status rename(const std::string& source, const std::string& target) override;
  Status remove(const std::string& path) override;
  Status make_directories(const std::string& path) override;
  Status sync_directory(const std::string& path) override;

 private:
  const std::shared_ptr<WebHdfsClient> client_;
};

}  // namespace thalweg::hdfs
