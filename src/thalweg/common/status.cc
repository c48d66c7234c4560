// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/status.h"

namespace thalweg {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::data_loss:
      return "data_loss";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::user_error:
      return "user_error";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

Status::Status(ErrorCode code, std::string message) : Status(code, std::move(message), nullptr) {}

Status::Status(ErrorCode code, std::string message, std::exception_ptr cause)
    : failure_(new Failure{code, std::move(message), std::move(cause)}) {}

Status::Status(const Status& other)
    : failure_(other.failure_ ? new Failure(*other.failure_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) *this = Status(other);
  return *this;
}

void Status::DeleteFailure::operator()(Failure* failure) const { delete failure; }

Status Status::within(std::string_view where) const {
  if (ok()) return *this;
  return Status(code(), std::string(where) + ": " + failure_->message, cause());
}

std::string Status::to_string() const {
  if (ok()) return "ok";
  return std::string(thalweg::to_string(code())) + ": " + std::string(message());
}

Status missing_value() {
  return {ErrorCode::internal, "a result has neither a value nor a failure; please report this"};
}

}  // namespace thalweg
