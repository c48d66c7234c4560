// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/caught.h"

#include "thalweg/common/error.h"

namespace thalweg {

Status caught_failure() {
  try {
    throw;
  } catch (const Error& error) {
    return {error.code(), error.what(), error.cause() ? error.cause() : std::current_exception()};
  } catch (const std::exception& error) {
    return {ErrorCode::user_error, error.what(), std::current_exception()};
  } catch (...) {
    return {ErrorCode::user_error, "an exception that is not a std::exception",
            std::current_exception()};
  }
}

}  // namespace thalweg
