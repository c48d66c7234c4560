// SPDX-License-Identifier: Apache-2.0
#include "thalweg/state/wal/log_position.h"

#include <charconv>

#include "thalweg/common/text.h"

namespace thalweg {
namespace {

/// Takes a number, and the colon behind it where one is wanted, from the front of `text`.
template <typename T>
bool take_number(std::string_view& text, bool colon, T& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!colon) return text.empty();
  if (!text.starts_with(':')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_string(const LogPosition& position) {
  return std::to_string(position.segment) + ":" + std::to_string(position.offset) + ":" +
         std::to_string(position.length_bytes);
}

Result<LogPosition> parse_log_position(std::string_view text) {
  LogPosition position;
  std::string_view rest = text;
  if (!take_number(rest, true, position.segment) || !take_number(rest, true, position.offset) ||
      !take_number(rest, false, position.length_bytes)) {
    return Status(ErrorCode::invalid_argument,
                  "not a position in a log: " + excerpt(text) +
                      "; it has the form segment:offset:length, like 3:28:100");
  }
  return position;
}

}  // namespace thalweg
