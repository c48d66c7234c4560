// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/time.h"

#include <cstdio>
#include <ctime>

namespace thalweg {

std::string to_string(Duration length) {
  std::int64_t micros = length.count();
  if (micros != 0 && micros % 1'000'000 == 0 && micros % 60'000'000 == 0 && micros >= 120'000'000) {
    return std::to_string(micros / 60'000'000) + " min";
  }
  if (micros != 0 && micros % 1'000'000 == 0) return std::to_string(micros / 1'000'000) + " s";
  if (micros % 1'000 == 0) return std::to_string(micros / 1'000) + " ms";
  return std::to_string(micros) + " us";
}

std::string to_string(Time time) {
  if (time.micros() % 1000 == 0) return std::to_string(time.millis()) + " ms";
  return std::to_string(time.micros()) + " us";
}

std::string to_utc_string(Time time) {
  std::int64_t seconds = floor_divide(time.micros(), 1'000'000);
  auto millis = static_cast<int>((time.micros() - seconds * 1'000'000) / 1000);
  std::time_t calendar = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&calendar, &parts);
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d.%03d", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, millis);
  return text;
}

}  // namespace thalweg
