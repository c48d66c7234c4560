// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

namespace thalweg::testing {

/// For update_state_by_key(): adds a batch's values to the sum so far.
inline auto running_count() {
  return [](const std::vector<int>& values, std::optional<int> state) {
    int sum = state.value_or(0);
    for (int value : values) sum += value;
    return std::optional<int>(sum);
  };
}

}  // namespace thalweg::testing
