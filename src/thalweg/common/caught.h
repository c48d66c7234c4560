// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "thalweg/common/status.h"

namespace thalweg {

/// In a catch block: what was thrown, as a Status. An Error keeps its code, anything else is
/// user_error. What was thrown first is its cause. The way back from Error to Status.
Status caught_failure();

}  // namespace thalweg
