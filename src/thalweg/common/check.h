// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace thalweg {

/// Prints what was found to be false and aborts. Called by THALWEG_CHECK only.
[[noreturn]] void check_failed(std::string_view condition, std::string_view message,
                               const char* file, int line);

}  // namespace thalweg

/// Aborts unless `condition` holds. For bugs of Thalweg only: what a user or the outside world can
/// cause is an Error or a Status. Always compiled in.
#define THALWEG_CHECK(condition, message)                                 \
  do {                                                                    \
    if (!(condition)) [[unlikely]] {                                      \
      ::thalweg::check_failed(#condition, (message), __FILE__, __LINE__); \
    }                                                                     \
  } while (false)
