// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace thalweg::files {

// Names of directories that hold a column's value, as Hive and Spark write them: day=2026-11-22,
// path=a%2Fb.

/// The value of a directory whose column is null, or an empty text: names can't tell the two apart.
inline constexpr std::string_view null_directory = "__HIVE_DEFAULT_PARTITION__";

/// Appends a column's name, or a value, with %XX for what can't stand in a name.
/// Source: Spark's ExternalCatalogUtils.escapePathName.
void append_escaped(std::string_view text, std::string& out);

/// The text that was escaped. What is no %XX stays as it is.
std::string without_escapes(std::string_view text);

/// True for "day=1": a name, and a value, which may be empty.
bool is_partition_name(std::string_view name);

}  // namespace thalweg::files
