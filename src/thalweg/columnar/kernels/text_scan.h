// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace thalweg {

// Loops over raw text, written for AVX2 where the machine has it and portably elsewhere; which of
// the two is decided at the first call. They allocate nothing, and any bytes are text to them.
// Thread safety: all functions may be called concurrently.

/// Finds the complete lines (those that end in '\n') from `position` on: writes their texts to
/// `lines`, without '\n' and without one '\r' before it, and moves `position` behind the last line
/// taken. Returns how many lines; entries behind them have no meaning.
///
/// lines: room for `lines_max` views. They view the text itself.
std::size_t find_lines(const char*& position, const char* end, std::string_view* lines,
                       std::size_t lines_max);

/// How many '\n' there are in [begin, end).
std::size_t count_newlines(const char* begin, const char* end);

/// The first place in [begin, end) where `needle` stands, or `end`. An empty needle is at `begin`.
/// Takes time proportional to the text, whatever the needle.
const char* find_bytes(const char* begin, const char* end, std::string_view needle);

/// True where `needle` stands somewhere in `text`.
bool contains_bytes(std::string_view text, std::string_view needle);

/// Splits `text` at each `separator` as Scala's and Java's String.split do: empty fields inside are
/// kept, empty fields at the end are dropped, and an empty text is one empty field.
///
///     "a,,b,,"  ->  "a" "" "b"        ","  ->  nothing        ""  ->  ""
///
/// Writes the fields from `offset` on (0 at first) and moves `offset` to where the next call has to
/// go on; it is npos when all fields were written. Returns how many; entries behind them have no
/// meaning.
///
/// fields: room for `fields_max` views, at least one. They view the text itself.
std::size_t split_fields(std::string_view text, char separator, std::size_t& offset,
                         std::string_view* fields, std::size_t fields_max);

}  // namespace thalweg
