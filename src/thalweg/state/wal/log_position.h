// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "thalweg/common/status.h"

namespace thalweg {

/// Where a record of a log lies. Later records compare greater. As text it may be stored anywhere;
/// who stores it need not look inside.
struct LogPosition {
  std::uint64_t segment = 0;       ///< The number of its file; the first is 1.
  std::uint64_t offset = 0;        ///< Of its frame in the file, in bytes.
  std::uint32_t length_bytes = 0;  ///< Of the record, without its frame.

  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

/// "3:28:100": segment, offset, length.
std::string to_string(const LogPosition& position);

/// What to_string() wrote. Errors: invalid_argument for other text.
Result<LogPosition> parse_log_position(std::string_view text);

}  // namespace thalweg
