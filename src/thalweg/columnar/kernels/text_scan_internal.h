// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace thalweg {

/// One implementation of the functions in text_scan.h. Needles have at least two bytes and are not
/// longer than the text; for split_fields() `text` is not empty and does not end in the separator,
/// and `offset` is within it.
struct TextScan {
  std::size_t (*find_lines)(const char*& position, const char* end, std::string_view* lines,
                            std::size_t lines_max);
  std::size_t (*count_newlines)(const char* begin, const char* end);
  const char* (*find_bytes)(const char* begin, const char* end, std::string_view needle);
  std::size_t (*split_fields)(std::string_view text, char separator, std::size_t& offset,
                              std::string_view* fields, std::size_t fields_max);
};

/// Runs everywhere.
extern const TextScan portable_text_scan;

/// Null where the machine has no AVX2.
const TextScan* avx2_text_scan();

}  // namespace thalweg
