// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "thalweg/columnar/column.h"

namespace thalweg {

/// Appends a boolean or a number as every format of text has it: true, -7, 2.5. False for another
/// type, with nothing appended. REQUIRES: the row is not null.
bool append_scalar(const Column& column, std::size_t row, std::string& out);

}  // namespace thalweg
