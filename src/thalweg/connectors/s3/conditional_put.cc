// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/s3/conditional_put.h"

#include <algorithm>
#include <utility>

#include "thalweg/common/file_system.h"
#include "thalweg/common/log.h"

namespace thalweg::s3 {
namespace {

constexpr int precondition_failed = 412;
constexpr int conflict = 409;  ///< Another is writing the object just now.
constexpr int too_many = 429;

std::string digits_of(Random& random) {
  std::string text;
  for (int i = 0; i < 32; ++i) text += "0123456789abcdef"[random.below(16)];
  return text;
}

bool may_pass(const SignedReply& reply) {
  // 501 is "not implemented", and stays so.
  return reply.status == 0 || reply.status == conflict || reply.status == too_many ||
         (reply.status >= 500 && reply.status != 501);
}

bool is_good(const SignedReply& reply) { return reply.status >= 200 && reply.status < 300; }

}  // namespace

ConditionalPut::ConditionalPut(std::string scheme, SignedHttpOptions options, Clock& clock)
    : scheme_(std::move(scheme)),
      http_(std::move(options)),
      clock_(clock),
      random_(Random::fresh_seed()),
      writer_(digits_of(random_)) {}

Result<bool> ConditionalPut::is_honoured(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (honoured_ == Honoured::unknown) {
    THALWEG_TRY_ASSIGN(std::string reason, try_out(path));
    honoured_ = reason.empty() ? Honoured::yes : Honoured::no;
    log(LogLevel::info, scheme_ + "://" + parent_path(path) + ": files are created " +
                            (reason.empty() ? "conditional (If-None-Match)" : "plain: " + reason));
  }
  return honoured_ == Honoured::yes;
}

Status ConditionalPut::put(const std::string& path, std::string_view bytes) {
  std::lock_guard lock(mutex_);
  SignedReply reply = put_where_absent(path, bytes);
  if (reply.status == precondition_failed) {
    SignedReply there = send("HEAD", path);
    if (!is_good(there)) return failure("file cannot be created", path, there);
    if (there.writer != writer_) {
      return {ErrorCode::invalid_argument,
              "file is there already: " + scheme_ + "://" + path +
                  " (another program wrote it; stop one of the two, or give each its own "
                  "directory)"};
    }
    // Ours: the answer to an earlier try was lost. Nobody else writes it now.
    reply = send("PUT", path, {"x-amz-meta-thalweg-writer: " + writer_}, bytes);
  }
  return is_good(reply) ? Status() : failure("file cannot be created", path, reply);
}

Result<std::string> ConditionalPut::try_out(const std::string& path) {
  if (!http_.has_keys()) return std::string("there are no keys to sign with");
  std::string tried = join_path(parent_path(path), "_try-" + writer_);
  SignedReply first = put_where_absent(tried, "");
  if (may_pass(first)) return failure("file cannot be created", tried, first);
  // A first one that is refused: its answer was lost, and it was sent again.
  bool lost = first.status == precondition_failed;
  if (!is_good(first) && !lost) return "the server says " + first.failure;
  SignedReply second = lost ? first : put_where_absent(tried, "");
  // Left behind it would harm nobody: readers leave out names with an underscore.
  (void)send("DELETE", tried);
  if (may_pass(second)) return failure("file cannot be created", tried, second);
  if (second.status == precondition_failed) return std::string();
  return is_good(second) ? std::string("the server ignores If-None-Match")
                         : "the server says " + second.failure;
}

SignedReply ConditionalPut::put_where_absent(const std::string& path, std::string_view bytes) {
  return send("PUT", path, {"If-None-Match: *", "x-amz-meta-thalweg-writer: " + writer_}, bytes);
}

SignedReply ConditionalPut::send(const std::string& method, const std::string& path,
                                 const std::vector<std::string>& headers, std::string_view body) {
  int wait_ms = 100;
  for (int tries = 1;; ++tries) {
    SignedReply reply = http_.send(method, path, headers, body);
    if (!may_pass(reply) || tries == tries_max) return reply;
    auto waited =
        wait_ms / 2 + static_cast<int>(random_.below(static_cast<std::uint64_t>(wait_ms)));
    clock_.wait_until(clock_.now() + std::chrono::milliseconds(waited), {});
    wait_ms = std::min(wait_ms * 2, wait_ms_max);
  }
}

Status ConditionalPut::failure(std::string_view failed, const std::string& path,
                               const SignedReply& reply) const {
  return {ErrorCode::unavailable,
          std::string(failed) + ": " + scheme_ + "://" + path + " (" + reply.failure + ")"};
}

}  // namespace thalweg::s3
