// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

/// Of this process, a line of /proc/self/status in bytes: "VmRSS", "VmHWM"; 0 where there is none.
inline std::int64_t memory_of_process(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":")) return std::atoll(line.c_str() + name.size() + 1) * 1024;
  }
  return 0;
}

inline double mib(std::int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }
