// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/hdfs/web_hdfs_client.h"

#include <algorithm>

#include "thalweg/common/time.h"
#include "thalweg/connectors/hdfs/remote_error.h"

namespace thalweg::hdfs {
namespace {

/// "host" of "http://host:9864/webhdfs/v1/a?op=OPEN".
std::string host_of(const std::string& url) {
  std::size_t begin = url.find("://");
  if (begin == std::string::npos) return {};
  begin += 3;
  std::string host = url.substr(begin, std::min(url.find('/', begin), url.size()) - begin);
  return host.substr(0, host.rfind(':'));
}

}  // namespace

/// What one try came to.
struct WebHdfsClient::Try {
  HttpReply reply;
  std::string asked;      ///< Whom, as "host:port", or the DataNode's host.
  std::string data_node;  ///< The host that could not be reached; empty where it is none.
  [[nodiscard]] bool ok() const {
    return reply.failure.empty() && reply.status >= 200 && reply.status < 300;
  }
  /// The exchange broke, so that nobody knows.
  [[nodiscard]] bool may_be_done() const {
    return reply.connected && (!reply.failure.empty() || reply.status >= 500);
  }
};

WebHdfsClient::WebHdfsClient(WebHdfsOptions options, Clock& clock)
    : options_(std::move(options)), clock_(clock), random_(Random::fresh_seed()) {}

std::string WebHdfsClient::text_of(const Address& at) const {
  return options_.scheme + "://" + at.authority + at.path;
}

WebHdfsClient::Cluster& WebHdfsClient::cluster_of(const std::string& authority) {
  std::lock_guard lock(mutex_);
  auto& cluster = clusters_[authority];
  if (cluster == nullptr) {
    cluster = std::make_unique<Cluster>();
    cluster->web_addresses = web_addresses_of(options_.scheme, authority, options_.web_addresses);
  }
  return *cluster;
}

HttpReply WebHdfsClient::ask_name_nodes(Cluster& cluster, const HttpRequest& request,
                                        const std::string& path, std::string* asked) {
  HttpReply reply;
  std::size_t count = cluster.web_addresses.size();
  std::size_t first = cluster.active;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t which = (first + i) % count;
    *asked = cluster.web_addresses[which];
    HttpRequest to_this = request;
    to_this.url = "http://" + *asked + path;
    reply = http_.send(to_this);
    bool standby = reply.status >= 400 && remote_error_of(reply).standby;
    if (reply.status == 0 && !reply.connected && i + 1 < count) continue;
    if (standby && i + 1 < count) continue;
    if (reply.status != 0) cluster.answered = true;
    if (!standby) cluster.active = which;
    break;
  }
  return reply;
}

WebHdfsClient::Try WebHdfsClient::try_once(Cluster& cluster, const Address& at,
                                           const Operation& operation,
                                           const std::string& excluded) {
  std::string path = "/webhdfs/v1" + encoded_path(at.path) + "?op=" + std::string(operation.name) +
                     "&user.name=" + encoded_value(options_.user) + operation.query;
  if (operation.room != nullptr) {
    path += "&offset=" + std::to_string(operation.offset) +
            "&length=" + std::to_string(operation.room_bytes);
  }
  if (!excluded.empty()) path += "&excludedatanodes=" + encoded_value(excluded);
  HttpRequest request{operation.method, {}, {}, operation.room, operation.room_bytes};
  Try tried;
  tried.reply = ask_name_nodes(cluster, request, path, &tried.asked);
  if (!operation.on_data_node || tried.reply.status != 307) return tried;
  request.url = tried.reply.location;
  request.body = operation.body;
  tried.asked = host_of(request.url);
  tried.reply = http_.send(request);
  if (!tried.reply.connected) tried.data_node = tried.asked;
  return tried;
}

Duration WebHdfsClient::jittered(Duration wait) {
  std::lock_guard lock(mutex_);
  return wait / 2 + Duration(static_cast<std::int64_t>(
                        random_.below(static_cast<std::uint64_t>(wait.count() / 2 + 1))));
}

Result<Answer> WebHdfsClient::ask(const Address& at, const Operation& operation) {
  Cluster& cluster = cluster_of(at.authority);
  Operation now = operation;
  Answer answer;
  std::string excluded;
  Duration wait = wait_ms_min;
  Time began = clock_.monotonic();
  for (int tries = 1;; ++tries) {
    Try tried = try_once(cluster, at, now, excluded);
    answer.received_bytes += tried.reply.received_bytes;
    if (tried.ok()) {
      answer.text = std::move(tried.reply.text);
      return answer;
    }
    RemoteError error = remote_error_of(tried.reply);
    if (operation.once && tried.may_be_done()) error.may_pass = false;
    if (tried.reply.received_bytes > 0) {
      // What came is good; the rest is asked for as if for the first time.
      now.room += tried.reply.received_bytes;
      now.room_bytes -= tried.reply.received_bytes;
      now.offset += tried.reply.received_bytes;
      if (now.room_bytes == 0) return answer;
      began = clock_.monotonic();
      wait = wait_ms_min;
    }
    Duration limit = cluster.answered ? options_.retry_ms_max : options_.first_retry_ms_max;
    if (error.may_pass && tries < tries_max && clock_.monotonic() - began + wait <= limit) {
      if (!tried.data_node.empty()) {
        excluded += (excluded.empty() ? "" : ",") + tried.data_node;
      } else {
        // None may be left without those: they may have come back.
        excluded.clear();
      }
      clock_.wait_until(clock_.now() + jittered(wait), {});
      wait = std::min(wait * 2, wait_ms_max);
      continue;
    }
    std::string message = std::string(operation.failed) + ": " + text_of(at) + " (" + tried.asked +
                          ": " + error.reason;
    if (tries > 1) message += "; tried " + std::to_string(tries) + " times";
    message += ")";
    if (!cluster.answered) {
      message += "; that is where WebHDFS is looked for: THALWEG_HDFS_WEBHDFS=" + at.authority +
                 "=host:port says where it is";
    }
    return Status(error.code, message);
  }
}

}  // namespace thalweg::hdfs
