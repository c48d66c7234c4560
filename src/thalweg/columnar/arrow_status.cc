// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/arrow_status.h"

#include <arrow/status.h>

namespace thalweg {
namespace {

ErrorCode code_of(const arrow::Status& status) {
  switch (status.code()) {
    case arrow::StatusCode::KeyError:
      return ErrorCode::not_found;
    case arrow::StatusCode::IOError:
    case arrow::StatusCode::OutOfMemory:
      return ErrorCode::unavailable;
    case arrow::StatusCode::NotImplemented:
      return ErrorCode::unsupported;
    case arrow::StatusCode::Cancelled:
      return ErrorCode::cancelled;
    case arrow::StatusCode::SerializationError:
      return ErrorCode::data_loss;
    case arrow::StatusCode::UnknownError:
      return ErrorCode::internal;
    default:
      return ErrorCode::invalid_argument;
  }
}

}  // namespace

Status to_status(const arrow::Status& status) {
  if (status.ok()) return {};
  return {code_of(status), status.message()};
}

}  // namespace thalweg
