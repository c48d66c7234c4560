// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/log.h"

#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "thalweg/common/clock.h"

namespace thalweg {
namespace {

std::atomic<LogLevel>& level_setting() {
  static std::atomic<LogLevel> level = [] {
    const char* name = std::getenv("THALWEG_LOG");
    return name == nullptr ? LogLevel::warning : log_level_of(name);
  }();
  return level;
}

constexpr const char* name_of(LogLevel level) {
  constexpr const char* names[] = {"DEBUG", "INFO ", "WARN ", "ERROR", "OFF  "};
  return names[static_cast<int>(level)];
}

}  // namespace

void log(LogLevel level, std::string_view text) {
  if (level < log_level() || level == LogLevel::off) return;
  std::string line = to_utc_string(SystemClock::instance().now());
  line += ' ';
  line += name_of(level);
  line += ' ';
  line += text;
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void set_log_level(LogLevel level) { level_setting() = level; }
LogLevel log_level() { return level_setting(); }

LogLevel log_level_of(std::string_view name) {
  std::string lower;
  for (char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == "debug" || lower == "trace" || lower == "all") return LogLevel::debug;
  if (lower == "info") return LogLevel::info;
  if (lower == "error" || lower == "fatal") return LogLevel::error;
  if (lower == "off") return LogLevel::off;
  return LogLevel::warning;
}

}  // namespace thalweg
