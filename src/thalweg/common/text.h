// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace thalweg {

/// Appends a number as Scala prints it: 3, 2.5, 1.0, 1.0E10.
void append_number(std::int64_t value, std::string& out);
void append_number(std::uint64_t value, std::string& out);
void append_number(float value, std::string& out);
void append_number(double value, std::string& out);

/// `text` for a message: quoted, control characters and bytes that are not UTF-8 as \xNN, cut after
/// `bytes_max` bytes with "..." behind.
std::string excerpt(std::string_view text, std::size_t bytes_max = 80);

/// True where `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

/// "1.5 MiB", "640 B".
std::string format_bytes(std::uint64_t bytes);

/// The candidate that is nearest to `word` by edits, or empty when none is near enough.
std::string_view nearest_word(std::string_view word, const std::string_view* candidates,
                              std::size_t count);

}  // namespace thalweg
