// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/hdfs/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>

namespace thalweg::hdfs {
namespace {

/// Where libcurl's callbacks put what comes.
struct Exchange {
  CURL* handle = nullptr;
  const HttpRequest* request = nullptr;
  HttpReply reply;
  std::size_t body_sent = 0;
};

std::size_t take_body(const char* bytes, std::size_t, std::size_t size, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const HttpRequest& request = *exchange.request;
  HttpReply& reply = exchange.reply;
  long status = 0;
  curl_easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &status);
  if (status == 200 && request.room != nullptr) {
    // Returning less than `size` ends the exchange: the server sends more than was asked for.
    std::size_t taken = std::min(size, request.room_bytes - reply.received_bytes);
    std::memcpy(request.room + reply.received_bytes, bytes, taken);
    reply.received_bytes += taken;
    return taken;
  }
  if (reply.text.size() + size > HttpClient::text_bytes_max) return 0;
  reply.text.append(bytes, size);
  return size;
}

std::size_t give_body(char* out, std::size_t, std::size_t size, void* from) {
  auto& exchange = *static_cast<Exchange*>(from);
  std::string_view left = exchange.request->body.substr(exchange.body_sent);
  std::size_t given = std::min(size, left.size());
  std::memcpy(out, left.data(), given);
  exchange.body_sent += given;
  return given;
}

/// A kept connection may turn out to be closed only when it is used: then the body is sent again.
int rewind_body(void* from, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Exchange*>(from)->body_sent = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::string reason_of(CURLcode code, const char* detail) {
  std::string reason = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  while (reason.ends_with('\n')) reason.pop_back();
  return reason;
}

void set_options(CURL* handle, const HttpRequest& request, Exchange& exchange) {
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  // Data servers are addressed one by one; what proxies are set for does not know them.
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, HttpClient::connect_wait_ms_max);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, HttpClient::silence_ms_max / 1000);
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
  if (request.method == "GET") return;
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, std::string(request.method).c_str());
  if (request.method == "DELETE") return;
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
  curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, &give_body);
  curl_easy_setopt(handle, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, &rewind_body);
  curl_easy_setopt(handle, CURLOPT_SEEKDATA, &exchange);
}

}  // namespace

HttpClient::HttpClient() {
  // Once a process; libcurl counts, and is never cleaned up.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialised;
}

HttpClient::~HttpClient() {
  for (void* handle : idle_) curl_easy_cleanup(handle);
}

HttpReply HttpClient::send(const HttpRequest& request) {
  CURL* handle = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      handle = idle_.back();
      idle_.pop_back();
    }
  }
  if (handle == nullptr) handle = curl_easy_init();
  Exchange exchange{handle, &request, {}, 0};
  if (handle == nullptr) {
    exchange.reply.failure = "out of memory";
    return std::move(exchange.reply);
  }
  set_options(handle, request, exchange);
  char detail[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);
  // Waiting for "100 Continue" would cost a round trip, and a second where none comes. The type is
  // what HttpFS insists on, and other servers ignore.
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  headers = curl_slist_append(headers, "Content-Type: application/octet-stream");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);

  CURLcode code = curl_easy_perform(handle);

  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  HttpReply& reply = exchange.reply;
  reply.status = static_cast<int>(status);
  reply.connected = code != CURLE_COULDNT_CONNECT && code != CURLE_COULDNT_RESOLVE_HOST;
  if (code != CURLE_OK) reply.failure = reason_of(code, detail);
  char* location = nullptr;
  curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &location);
  if (location != nullptr) reply.location = location;
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, nullptr);
  curl_slist_free_all(headers);

  std::lock_guard lock(mutex_);
  if (idle_.size() < idle_connections_max) {
    idle_.push_back(handle);
  } else {
    curl_easy_cleanup(handle);
  }
  return std::move(reply);
}

}  // namespace thalweg::hdfs
