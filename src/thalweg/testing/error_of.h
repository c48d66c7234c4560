// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "thalweg/common/error.h"

namespace thalweg::testing {

/// The message of the Error that `call` throws, "code: message"; "nothing thrown" without one.
template <typename Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return std::string(to_string(error.code())) + ": " + error.what();
  }
  return "nothing thrown";
}

}  // namespace thalweg::testing
