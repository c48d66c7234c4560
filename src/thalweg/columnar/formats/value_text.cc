// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <limits>
#include <string>

#include <arrow/util/value_parsing.h>

#include "thalweg/columnar/formats/value_text_internal.h"

namespace thalweg {
namespace {

/// True where a number that is out of a double's range is too large, not too small.
bool is_huge(std::string_view digits) {
  std::size_t exponent = digits.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    return exponent + 1 < digits.size() && digits[exponent + 1] != '-';
  }
  return digits.find_first_not_of("0.") < digits.find('.');
}

}  // namespace

bool read_integer(std::string_view text, std::int64_t& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || (text[0] != '-' && (text[0] < '0' || text[0] > '9'))) return false;
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

bool read_real(std::string_view text, double& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  // from_chars() takes "inf" and "nan" too.
  if (digits.empty() || (digits[0] != '.' && (digits[0] < '0' || digits[0] > '9'))) return false;
  auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ptr != text.data() + text.size()) return false;
  if (read.ec == std::errc()) return true;
  if (read.ec != std::errc::result_out_of_range) return false;
  value = is_huge(digits) ? std::numeric_limits<double>::infinity() : 0;
  if (text.starts_with('-')) value = -value;
  return true;
}

bool read_special_real(std::string_view text, double& value) {
  if (text == "NaN") {
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text != "Infinity" && text != "INF" && text != "Inf") return false;
  value =
      negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  return true;
}

std::optional<std::int64_t> read_truth(std::string_view text) {
  std::string lower(text.substr(0, 6));
  // The letters of both words differ from their capitals by this bit alone.
  for (char& c : lower) c = static_cast<char>(c | 0x20);
  if (lower == "true") return 1;
  if (lower == "false") return 0;
  return std::nullopt;
}

bool read_time(std::string_view text, std::int64_t& value) {
  bool has_zone = false;
  // Nine digits of a second are read, six are kept.
  std::size_t point = text.find('.');
  if (point != std::string_view::npos) {
    std::size_t end = text.find_first_not_of("0123456789", point + 1);
    if (end == std::string_view::npos) end = text.size();
    if (end - point > 7) {
      std::string shorter(text.substr(0, point + 7));
      shorter += text.substr(end);
      return read_time(shorter, value);
    }
  }
  return arrow::internal::ParseTimestampISO8601(text.data(), text.size(), arrow::TimeUnit::MICRO,
                                                &value, &has_zone);
}

}  // namespace thalweg
