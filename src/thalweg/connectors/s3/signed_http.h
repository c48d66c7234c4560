// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg::s3 {

/// What requests to S3 are signed with.
struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< Empty for keys that are good for ever.
};

/// Where S3 is, for requests that Arrow's client can't send.
struct SignedHttpOptions {
  std::string endpoint;  ///< "http://127.0.0.1:9000", without a slash at its end.
  std::string region;
  /// Asked before each request, since the keys of roles change.
  std::function<S3Credentials()> credentials;
};

/// What came of a request.
struct SignedReply {
  int status = 0;       ///< 0: no reply.
  std::string writer;   ///< The object's metadata "thalweg-writer".
  std::string failure;  ///< Why there is no reply, or what the server says is wrong. No key in it.
};

/// Requests for single objects, signed by libcurl (Signature Version 4; the body is not signed),
/// one at a time over a connection that is kept. Redirects are not followed.
///
/// Thread safety: send() may be called concurrently; callers come one after the other.
class SignedHttp {
 public:
  static constexpr long connect_wait_ms_max = 5'000;
  static constexpr long silence_ms_max = 30'000;
  static constexpr std::size_t reply_bytes_max = std::size_t{64} << 10;

  explicit SignedHttp(SignedHttpOptions options);
  SignedHttp(const SignedHttp&) = delete;
  SignedHttp& operator=(const SignedHttp&) = delete;
  ~SignedHttp();

  /// True where there are keys to sign with. May ask for those of a role.
  [[nodiscard]] bool has_keys() const;

  /// `path` begins with the bucket. `headers`: "Name: value", signed too.
  SignedReply send(const std::string& method, const std::string& path,
                   const std::vector<std::string>& headers, std::string_view body);

 private:
  const SignedHttpOptions options_;
  std::mutex mutex_;
  void* handle_;  ///< A CURL handle.
};

}  // namespace thalweg::s3
