// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "thalweg/columnar/schema.h"

namespace thalweg {

/// The schema that a text names: "id bigint not null, name string, `odd name` double". Types are
/// Spark's (boolean, tinyint or byte, smallint or short, int or integer, bigint or long, float or
/// real, double, string, binary, timestamp) and Thalweg's (int64, float64, text, bytes,
/// timestamp_us), in capitals or not. A colon may stand before the type.
///
/// Errors: invalid_argument with the column, for another type, a missing one, or a name twice.
/// Source: Spark's StructType.fromDDL.
Result<Schema> parse_schema(std::string_view text);

}  // namespace thalweg
