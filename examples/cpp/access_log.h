// SPDX-License-Identifier: Apache-2.0
//
// What a line of an access log in Apache's combined format says.
#pragma once

#include <charconv>
#include <string>

#include <thalweg/thalweg.h>

// 192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /cart HTTP/1.1" 200 5120 "-" "Mozilla/5.0"
enum Field { client, identity, user, when, request, status, bytes, referer, agent, field_count };
constexpr std::string_view ends[] = {" ", " ", " [", "] \"", "\" ", " ", " \"", "\" \"", "\""};

struct Hit {
  std::string_view client, page;
  std::int64_t status = 0, bytes = 0;
};
THALWEG_FIELDS(Hit, client, page, status, bytes)

inline std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, failure] = std::from_chars(text.begin(), text.end(), value);
  return failure == std::errc() && end == text.end() ? value : -1;
}

/// A request, or why the line is none.
inline thalweg::Parsed<Hit> parse(std::string_view line) {
  std::string_view fields[field_count];
  for (int i = 0; i < field_count; ++i) {
    std::size_t size = 0;  // Within quotes a backslash says that the next byte is meant as it is.
    while (size < line.size() && line[size] != ends[i][0]) {
      size += ends[i][0] == '"' && line[size] == '\\' ? 2 : 1;
    }
    if (size >= line.size() || !line.substr(size).starts_with(ends[i])) {
      return thalweg::Unparsed{"field " + std::to_string(i + 1) + " of 9 does not end"};
    }
    fields[i] = line.substr(0, size);
    line.remove_prefix(size + ends[i].size());
  }
  Hit hit{fields[client], fields[request], number(fields[status]), number(fields[bytes])};
  if (fields[bytes] == "-") hit.bytes = 0;
  if (hit.status < 100 || hit.status > 599 || hit.bytes < 0 || !line.empty()) {
    return thalweg::Unparsed{"no HTTP status, no size, or text after the last field"};
  }
  hit.page.remove_prefix(hit.page.find(' ') + 1);  // The method goes, then query and protocol.
  hit.page = hit.page.substr(0, hit.page.find_first_of(" ?"));
  return hit;
}
