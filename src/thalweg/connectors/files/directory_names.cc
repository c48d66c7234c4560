// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/files/directory_names.h"

#include <charconv>

namespace thalweg::files {

void append_escaped(std::string_view text, std::string& out) {
  constexpr std::string_view escaped = "\"#%'*/:=?\\{[]^\x7F";
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && escaped.find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

std::string without_escapes(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* digits = text.data() + i + 1;
    bool escaped = text[i] == '%' && i + 2 < text.size() &&
                   std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    plain += escaped ? static_cast<char>(byte) : text[i];
    if (escaped) i += 2;
  }
  return plain;
}

bool is_partition_name(std::string_view name) {
  std::size_t sign = name.find('=');
  return sign != std::string_view::npos && sign > 0;
}

}  // namespace thalweg::files
