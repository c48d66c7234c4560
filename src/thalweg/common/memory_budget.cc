// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/memory_budget.h"

#include <unistd.h>

namespace thalweg {

std::int64_t default_memory_bytes_max() {
  auto pages = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES));
  auto page_bytes = static_cast<std::int64_t>(sysconf(_SC_PAGESIZE));
  return pages > 0 ? pages * page_bytes / 2 : std::int64_t{1} << 30;
}

}  // namespace thalweg
