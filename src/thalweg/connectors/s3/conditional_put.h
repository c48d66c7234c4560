// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/common/clock.h"
#include "thalweg/common/random.h"
#include "thalweg/common/status.h"
#include "thalweg/connectors/s3/signed_http.h"

namespace thalweg::s3 {

/// Objects that S3 takes only where there is none yet: PUT with `If-None-Match: *`, which Arrow's
/// client can't send. Each says in its metadata which ConditionalPut wrote it, so that one whose
/// answer was lost is known again. Paths begin with the bucket.
///
/// Thread safety: all methods may be called concurrently; callers come one after the other.
class ConditionalPut {
 public:
  static constexpr int tries_max = 5;
  static constexpr int wait_ms_max = 2'000;

  /// `scheme`: as in the addresses, for messages. `clock` must outlive this.
  ConditionalPut(std::string scheme, SignedHttpOptions options, Clock& clock);

  /// Whether the server refuses a second object of one name: tried once, with an object beside
  /// `path` that is removed again. What was found is said at info: "conditional" or "plain" and
  /// why. Errors: unavailable while the server does not answer.
  Result<bool> is_honoured(const std::string& path);

  /// REQUIRES: is_honoured().
  /// Errors: invalid_argument where another's object is there; unavailable with what S3 said.
  Status put(const std::string& path, std::string_view bytes);

 private:
  enum class Honoured { unknown, yes, no };

  /// Sends a request, again where the server can't take it now.
  SignedReply send(const std::string& method, const std::string& path,
                   const std::vector<std::string>& headers = {}, std::string_view body = {});
  SignedReply put_where_absent(const std::string& path, std::string_view bytes);
  /// Empty: honoured; else why it is not.
  Result<std::string> try_out(const std::string& path);
  [[nodiscard]] Status failure(std::string_view failed, const std::string& path,
                               const SignedReply& reply) const;

  const std::string scheme_;
  SignedHttp http_;
  Clock& clock_;
  std::mutex mutex_;
  Random random_;
  const std::string writer_;  ///< 32 random digits.
  Honoured honoured_ = Honoured::unknown;
};

}  // namespace thalweg::s3
