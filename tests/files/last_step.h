// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "thalweg/common/clock.h"
#include "thalweg/common/memory_budget.h"
#include "thalweg/connectors/connection_check.h"

namespace thalweg {

/// How far `thalweg connect test files path=PLACE` gets: "sample passed: ...".
inline std::string last_step(FileSystems& files, const std::string& place) {
  MemoryBudget memory(1 << 20);
  auto steps = check_connection("files", {{"path", place}}, false,
                                {SystemClock::instance(), memory, files, {}});
  return steps.back().name + " " + std::string(to_string(steps.back().outcome)) + ": " +
         steps.back().text;
}

}  // namespace thalweg
