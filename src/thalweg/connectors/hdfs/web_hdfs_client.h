// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/clock.h"
#include "thalweg/common/random.h"
#include "thalweg/connectors/hdfs/address.h"
#include "thalweg/connectors/hdfs/http_client.h"

namespace thalweg::hdfs {

/// How WebHDFS is reached.
struct WebHdfsOptions {
  std::string scheme = "hdfs";
  std::string user = "thalweg";  ///< Who asks; a cluster without Kerberos takes our word for it.
  WebAddresses web_addresses;
  /// A cluster that answered before is given so long to come back (a NameNode that starts reads its
  /// whole image first), one that never did so long to answer at all.
  Duration retry_ms_max = std::chrono::minutes(1);
  Duration first_retry_ms_max = std::chrono::seconds(1);
};

/// One operation of WebHDFS. What is viewed lives until the answer is there.
struct Operation {
  std::string_view method;  ///< "GET".
  std::string_view name;    ///< "OPEN".
  std::string_view failed;  ///< What to say of a failure: "file cannot be read".
  std::string query = {};   ///< "&recursive=true".
  /// The NameNode names a DataNode, which gets the body and does it.
  bool on_data_node = false;
  std::string_view body = {};
  /// Where the bytes from `offset` on go that are read; none where null.
  char* room = nullptr;
  std::size_t room_bytes = 0;
  std::uint64_t offset = 0;
  /// Not tried again after it may have been done: the caller has to look.
  bool once = false;
};

/// What a cluster said.
struct Answer {
  std::string text;
  std::size_t received_bytes = 0;  ///< Fewer than room_bytes only at the end of the file.
};

/// Asks the NameNodes and DataNodes of any number of clusters. What may pass is tried again, with
/// waits that double from `wait_ms_min` to `wait_ms_max`: no connection, a standby, a NameNode that
/// is starting, a DataNode that is gone (another is asked for).
///
/// Thread safety: all methods may be called concurrently. The clock outlives it.
class WebHdfsClient {
 public:
  static constexpr Duration wait_ms_min = std::chrono::milliseconds(100);
  static constexpr Duration wait_ms_max = std::chrono::seconds(2);
  static constexpr int tries_max = 100;

  WebHdfsClient(WebHdfsOptions options, Clock& clock);

  /// Errors: not_found; invalid_argument; unsupported, where the cluster asks for Kerberos;
  ///         unavailable, with what the cluster said last.
  Result<Answer> ask(const Address& at, const Operation& operation);

  /// "hdfs://namenode:9000/logs/a".
  [[nodiscard]] std::string text_of(const Address& at) const;

  [[nodiscard]] const WebHdfsOptions& options() const { return options_; }

 private:
  struct Cluster {
    std::vector<std::string> web_addresses;
    std::atomic<std::size_t> active{0};  ///< The one that answered last.
    std::atomic<bool> answered{false};
  };
  struct Try;

  Cluster& cluster_of(const std::string& authority);
  HttpReply ask_name_nodes(Cluster& cluster, const HttpRequest& request, const std::string& path,
                           std::string* asked);
  Try try_once(Cluster& cluster, const Address& at, const Operation& operation,
               const std::string& excluded);
  Duration jittered(Duration wait);

  const WebHdfsOptions options_;
  Clock& clock_;
  HttpClient http_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Cluster>> clusters_;
  Random random_;
};

}  // namespace thalweg::hdfs
