// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

#include "thalweg/common/status.h"

namespace thalweg {

/// What users' calls throw: a wrong graph at the line that built it, and the failure of an action,
/// of start() or of await_termination(). what() is the message, without the code.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  /// REQUIRES: !status.ok().
  explicit Error(const Status& status)
      : std::runtime_error(std::string(status.message())),
        code_(status.code()),
        cause_(status.cause()) {}

  [[nodiscard]] ErrorCode code() const { return code_; }
  /// What a user's function threw; null where nothing did.
  [[nodiscard]] const std::exception_ptr& cause() const { return cause_; }

 private:
  ErrorCode code_;
  std::exception_ptr cause_;
};

/// Throws Error when `status` is a failure. The one place where a Status becomes an exception.
inline void throw_if_failed(const Status& status) {
  if (!status.ok()) throw Error(status);
}

/// The value, or throws Error.
template <typename T>
T value_or_throw(Result<T> result) {
  if (!result.ok()) throw Error(result.status());
  return std::move(result).value();
}

}  // namespace thalweg
