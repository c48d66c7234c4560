// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "thalweg/columnar/batch.h"
#include "thalweg/common/status.h"

namespace thalweg {

/// Appends the first `rows_max` rows of `batch` to `out`, a line each: a row of one column bare, a
/// row of more as (1,2.5,home); no value is null, timestamps are in UTC. Bytes are not changed.
///
/// Errors: unsupported for a column of a type that Thalweg does not read.
Status append_rows_as_text(const Batch& batch, std::size_t rows_max, std::string& out);

}  // namespace thalweg
