// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace thalweg {

enum class LogLevel { debug, info, warning, error, off };

/// Writes one line to standard error: time, level, text. Lines of several threads do not mix.
/// Dropped when `level` is below the level set; `warning` unless THALWEG_LOG or set_log_level()
/// says otherwise.
void log(LogLevel level, std::string_view text);

void set_log_level(LogLevel level);
[[nodiscard]] LogLevel log_level();

/// "debug", "info", "warning" ("warn"), "error", "off", in either case; another word is `warning`.
LogLevel log_level_of(std::string_view name);

}  // namespace thalweg
