// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "thalweg/testing/source_directory.h"

namespace thalweg::testing {

/// The rows of all tables in a page of docs/formats/ whose first cell is code: that cell, and those
/// behind it, without their back quotes.
inline std::map<std::string, std::vector<std::string>> read_format_table(const std::string& page) {
  std::map<std::string, std::vector<std::string>> rows;
  std::ifstream file(source_directory() + "/docs/formats/" + page);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    for (std::size_t begin = 2; begin < line.size();) {
      std::size_t end = line.find(" |", begin);
      std::string cell = line.substr(begin, end - begin);
      std::erase(cell, '`');
      cells.push_back(cell);
      begin = end + 3;
    }
    rows[cells[0]] = std::vector<std::string>(cells.begin() + 1, cells.end());
  }
  return rows;
}

}  // namespace thalweg::testing
