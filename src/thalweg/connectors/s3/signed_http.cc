// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/s3/signed_http.h"

#include <curl/curl.h>

#include <cctype>
#include <utility>

namespace thalweg::s3 {
namespace {

constexpr std::string_view writer_header = "x-amz-meta-thalweg-writer:";

struct Exchange {
  std::string writer;
  std::string text;
};

std::size_t take_body(const char* bytes, std::size_t, std::size_t size, void* to) {
  std::string& text = static_cast<Exchange*>(to)->text;
  if (text.size() + size > SignedHttp::reply_bytes_max) return 0;
  text.append(bytes, size);
  return size;
}

std::size_t take_header(const char* bytes, std::size_t, std::size_t size, void* to) {
  std::string_view line(bytes, size);
  if (line.size() <= writer_header.size()) return size;
  for (std::size_t i = 0; i < writer_header.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(line[i])) != writer_header[i]) return size;
  }
  line.remove_prefix(writer_header.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  static_cast<Exchange*>(to)->writer = line;
  return size;
}

/// As S3 wants names in what is signed: all but letters, digits and a few signs as %XX.
std::string encoded(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (char c : path) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos) {
      text += c;
    } else {
      text += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return text;
}

/// "PreconditionFailed: At least one of ..." of the XML that S3 answers with.
std::string error_in(const std::string& xml) {
  auto element = [&](const std::string& name) {
    std::size_t begin = xml.find("<" + name + ">");
    std::size_t end = xml.find("</" + name + ">");
    if (begin == std::string::npos || end == std::string::npos) return std::string();
    begin += name.size() + 2;
    return begin <= end ? xml.substr(begin, end - begin) : std::string();
  };
  std::string code = element("Code");
  return code.empty() ? code : code + ": " + element("Message");
}

std::string failure_of(CURLcode code, const char* detail, long status, const std::string& text) {
  if (code != CURLE_OK) return detail[0] != '\0' ? detail : curl_easy_strerror(code);
  if (status < 300) return {};
  std::string said = error_in(text);
  return "HTTP " + std::to_string(status) + (said.empty() ? "" : ", " + said);
}

}  // namespace

SignedHttp::SignedHttp(SignedHttpOptions options) : options_(std::move(options)) {
  // Once a process; libcurl counts, and is never cleaned up.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialised;
  handle_ = curl_easy_init();
}

SignedHttp::~SignedHttp() { curl_easy_cleanup(handle_); }

bool SignedHttp::has_keys() const {
  S3Credentials keys = options_.credentials();
  return handle_ != nullptr && !keys.access_key.empty() && !keys.secret_key.empty();
}

SignedReply SignedHttp::send(const std::string& method, const std::string& path,
                             const std::vector<std::string>& headers, std::string_view body) {
  S3Credentials keys = options_.credentials();
  // "Expect:" would cost a round trip; libcurl signs a body only where it is told its hash.
  std::vector<std::string> lines{"Expect:", "Content-Type: application/octet-stream",
                                 "x-amz-content-sha256: UNSIGNED-PAYLOAD"};
  if (!keys.session_token.empty()) lines.push_back("x-amz-security-token: " + keys.session_token);
  lines.insert(lines.end(), headers.begin(), headers.end());
  curl_slist* list = nullptr;
  for (const auto& line : lines) list = curl_slist_append(list, line.c_str());

  std::lock_guard lock(mutex_);
  CURL* handle = handle_;
  Exchange exchange;
  char detail[CURL_ERROR_SIZE] = "";
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");  // As Arrow's client.
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, connect_wait_ms_max);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, silence_ms_max / 1000);
  curl_easy_setopt(handle, CURLOPT_URL, (options_.endpoint + "/" + encoded(path)).c_str());
  curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, ("aws:amz:" + options_.region + ":s3").c_str());
  curl_easy_setopt(handle, CURLOPT_USERNAME, keys.access_key.c_str());
  curl_easy_setopt(handle, CURLOPT_PASSWORD, keys.secret_key.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
  if (method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  if (method == "PUT") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data());
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);

  CURLcode code = curl_easy_perform(handle);

  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_reset(handle);  // What it points to ends here.
  curl_slist_free_all(list);
  SignedReply reply;
  reply.status = code == CURLE_OK ? static_cast<int>(status) : 0;
  reply.writer = std::move(exchange.writer);
  reply.failure = failure_of(code, detail, status, exchange.text);
  return reply;
}

}  // namespace thalweg::s3
