// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arrow/type_fwd.h>

#include "thalweg/common/status.h"

namespace thalweg {

/// Arrow's failure as ours: its message as it is, and the code that tells callers what to do.
Status to_status(const arrow::Status& status);

}  // namespace thalweg
