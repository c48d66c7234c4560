// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/long_line.h"

namespace thalweg {

void LongLine::append(std::string_view bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  ends_with_return_ = bytes.back() == '\r';
  bytes_.append(bytes.substr(0, dead_letter_bytes_max - bytes_.size()));
}

void LongLine::end() {
  if (!ends_with_return_) return;
  ends_with_return_ = false;
  if (bytes_.size() == size_) bytes_.pop_back();
  --size_;
}

std::string LongLine::position() const { return "offset=" + std::to_string(offset_); }

std::string LongLine::reason(std::size_t line_bytes_max) const {
  std::string reason = "line is longer than " + std::to_string(line_bytes_max) +
                       " bytes (\"line_bytes_max\"): it has " + std::to_string(size_);
  if (size_ > bytes_.size()) reason += ", of which " + std::to_string(bytes_.size()) + " are kept";
  return reason;
}

}  // namespace thalweg
