// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/kernels/text_scan.h"

#include <cstring>

#include "thalweg/columnar/kernels/text_scan_internal.h"

namespace thalweg {
namespace {

const char* find_byte(const char* begin, const char* end, char byte) {
  return static_cast<const char*>(std::memchr(begin, byte, static_cast<std::size_t>(end - begin)));
}

std::size_t find_lines_portable(const char*& position, const char* end, std::string_view* lines,
                                std::size_t lines_max) {
  std::size_t count = 0;
  while (count < lines_max && position != end) {
    const char* newline = find_byte(position, end, '\n');
    if (newline == nullptr) break;
    auto size = static_cast<std::size_t>(newline - position);
    if (size > 0 && newline[-1] == '\r') --size;
    lines[count++] = {position, size};
    position = newline + 1;
  }
  return count;
}

std::size_t count_newlines_portable(const char* begin, const char* end) {
  std::size_t count = 0;
  for (const char* at = begin; at != end; ++at) count += *at == '\n' ? 1 : 0;
  return count;
}

const char* find_bytes_portable(const char* begin, const char* end, std::string_view needle) {
  const void* found =
      memmem(begin, static_cast<std::size_t>(end - begin), needle.data(), needle.size());
  return found == nullptr ? end : static_cast<const char*>(found);
}

std::size_t split_fields_portable(std::string_view text, char separator, std::size_t& offset,
                                  std::string_view* fields, std::size_t fields_max) {
  const char* position = text.data() + offset;
  const char* end = text.data() + text.size();
  std::size_t count = 0;
  while (count < fields_max) {
    const char* found = find_byte(position, end, separator);
    if (found == nullptr) {
      fields[count++] = {position, static_cast<std::size_t>(end - position)};
      offset = std::string_view::npos;
      return count;
    }
    fields[count++] = {position, static_cast<std::size_t>(found - position)};
    position = found + 1;
  }
  offset = static_cast<std::size_t>(position - text.data());
  return count;
}

const TextScan& text_scan() {
  static const TextScan& chosen =
      avx2_text_scan() != nullptr ? *avx2_text_scan() : portable_text_scan;
  return chosen;
}

}  // namespace

const TextScan portable_text_scan = {find_lines_portable, count_newlines_portable,
                                     find_bytes_portable, split_fields_portable};

std::size_t find_lines(const char*& position, const char* end, std::string_view* lines,
                       std::size_t lines_max) {
  return text_scan().find_lines(position, end, lines, lines_max);
}

std::size_t count_newlines(const char* begin, const char* end) {
  return text_scan().count_newlines(begin, end);
}

const char* find_bytes(const char* begin, const char* end, std::string_view needle) {
  if (needle.empty()) return begin;
  if (needle.size() > static_cast<std::size_t>(end - begin)) return end;
  if (needle.size() == 1) {
    const char* found = find_byte(begin, end, needle[0]);
    return found == nullptr ? end : found;
  }
  return text_scan().find_bytes(begin, end, needle);
}

bool contains_bytes(std::string_view text, std::string_view needle) {
  const char* end = text.data() + text.size();
  return needle.empty() || find_bytes(text.data(), end, needle) != end;
}

std::size_t split_fields(std::string_view text, char separator, std::size_t& offset,
                         std::string_view* fields, std::size_t fields_max) {
  if (text.empty()) {
    offset = std::string_view::npos;
    fields[0] = text;
    return 1;
  }
  while (!text.empty() && text.back() == separator) text.remove_suffix(1);
  if (text.empty()) {
    offset = std::string_view::npos;
    return 0;
  }
  return text_scan().split_fields(text, separator, offset, fields, fields_max);
}

}  // namespace thalweg
