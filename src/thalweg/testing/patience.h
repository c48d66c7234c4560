// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "thalweg/common/clock.h"

namespace thalweg::testing {

/// How long a test waits for what a real server has to do. Only a failing test takes as long: a
/// machine that builds and runs servers beside it may take a minute for what is done in a second.
inline constexpr Duration patience = std::chrono::minutes(3);

}  // namespace thalweg::testing
