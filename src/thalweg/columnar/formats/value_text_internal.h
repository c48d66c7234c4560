// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace thalweg {

// Values from their text. Each returns false, and leaves `value` in any state, for a text that is
// no such value as a whole: no blanks around it.

/// Digits, perhaps with a sign before them, that fit int64.
bool read_integer(std::string_view text, std::int64_t& value);

/// A number with or without fraction and exponent. One too large is infinite, one too small is
/// zero, as in Java.
bool read_real(std::string_view text, double& value);

/// "NaN", "Infinity", "INF", "Inf", and these with a sign. Source: Spark's JSON and CSV.
bool read_special_real(std::string_view text, double& value);

/// 1 for "true" and 0 for "false", in capitals or not; nothing for another text.
std::optional<std::int64_t> read_truth(std::string_view text);

/// "2026-11-21T18:33:57.123456Z": with 'T' or a blank, down to minutes, seconds or fractions, with
/// an offset or none (then it is UTC); or a day alone. Microseconds since 1970.
bool read_time(std::string_view text, std::int64_t& value);

}  // namespace thalweg
