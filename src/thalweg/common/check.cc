// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/check.h"

#include <cstdio>
#include <cstdlib>

namespace thalweg {

void check_failed(std::string_view condition, std::string_view message, const char* file,
                  int line) {
  std::fprintf(stderr, "%.*s: %.*s does not hold at %s:%d (bug in Thalweg, please report this)\n",
               static_cast<int>(message.size()), message.data(), static_cast<int>(condition.size()),
               condition.data(), file, line);
  std::abort();
}

}  // namespace thalweg
