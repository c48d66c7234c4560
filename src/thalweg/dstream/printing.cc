// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/printing.h"

#include <algorithm>
#include <cstdio>

#include "thalweg/dstream/nodes/for_each.h"

namespace thalweg {

void print_batch(Time time, const std::vector<std::string>& lines, std::size_t rows) {
  const std::string rule(43, '-');
  std::string text = rule + "\nTime: " + to_string(time) + "\n" + rule + "\n";
  for (std::size_t i = 0; i < std::min(rows, lines.size()); ++i) text += lines[i] + "\n";
  if (lines.size() > rows) text += "...\n";
  text += "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void add_print(const std::shared_ptr<StreamNode>& stream, std::size_t rows, AppendTexts append) {
  add_for_each(stream, "print", [rows, append](const BatchRdd& batch, Time time) {
    print_batch(time, take_texts(batch, rows + 1, append), rows);
  });
}

std::string batch_directory(const std::string& prefix, Time time, const std::string& suffix) {
  return prefix + "-" + std::to_string(time.millis()) + (suffix.empty() ? "" : "." + suffix);
}

}  // namespace thalweg
