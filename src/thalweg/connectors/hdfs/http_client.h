// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg::hdfs {

/// What to ask an HTTP server. What is viewed lives until the answer is there.
struct HttpRequest {
  std::string_view method;
  std::string url;
  std::string_view body = {};
  char* room = nullptr;  ///< Where the body of a reply with status 200 goes; else into its text.
  std::size_t room_bytes = 0;
};

/// What came of it. A request can be answered in part: `received_bytes` are good, then it broke.
struct HttpReply {
  int status = 0;        ///< 0: no reply.
  std::string location;  ///< Where a redirect leads.
  std::string text;
  std::size_t received_bytes = 0;  ///< Of those in HttpRequest::room.
  std::string failure;             ///< Why the exchange broke; empty where it did not.
  bool connected = false;          ///< The request, or some of it, may have got there.
};

/// Asks HTTP servers, over connections that are kept for the next request. Redirects are not
/// followed. A server has `connect_wait_ms_max` to accept the connection, and is given up when
/// nothing moves for `silence_ms_max`.
///
/// Thread safety: all methods may be called concurrently; the caller waits for the reply.
class HttpClient {
 public:
  static constexpr long connect_wait_ms_max = 5'000;
  static constexpr long silence_ms_max = 30'000;
  static constexpr std::size_t idle_connections_max = 16;
  static constexpr std::size_t text_bytes_max = std::size_t{64} << 20;

  HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  HttpReply send(const HttpRequest& request);

 private:
  std::mutex mutex_;
  std::vector<void*> idle_;  ///< CURL handles, each with its open connections.
};

}  // namespace thalweg::hdfs
