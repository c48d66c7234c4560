// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstring>

#include "thalweg/columnar/json/record_pattern_internal.h"
#include "thalweg/columnar/json/value_reader_internal.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace thalweg {
namespace {

constexpr std::size_t vector_bytes = 16;
constexpr std::string_view blanks = " \t\r";
/// A number, true, false or null ends before one of these.
constexpr std::string_view ends_of_plain = ",} \t\r\n";
/// The longest number, true, false or null that is read here.
constexpr std::size_t plain_bytes_max = 32;

#if defined(__SSE2__)

__m128i load(const char* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }

std::uint32_t equal_bits(__m128i a, __m128i b) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)));
}

/// The first byte from `at` on that is a quote, a backslash, a control character or not ASCII; null
/// where there is none before `last`, up to which 16 bytes can be read.
const char* end_of_text(const char* at, const char* last) {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  // Signed: bytes that are not ASCII are below it too.
  const __m128i blank = _mm_set1_epi8(' ');
  for (; at <= last; at += vector_bytes) {
    __m128i bytes = load(at);
    __m128i found =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                     _mm_cmplt_epi8(bytes, blank));
    auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(found));
    if (bits != 0) return at + std::countr_zero(bits);
  }
  return nullptr;
}

#endif

}  // namespace

RecordPattern::Literal RecordPattern::literal_of(std::string_view bytes) {
  Literal literal{std::string(bytes), bytes.size(), 0};
  std::size_t last = bytes.empty() ? 0 : (bytes.size() - 1) % vector_bytes + 1;
  literal.last_bits = (std::uint32_t{1} << last) - 1;
  literal.padded.resize((bytes.size() + vector_bytes - 1) / vector_bytes * vector_bytes);
  return literal;
}

void RecordPattern::learn(std::string_view line, const FieldOrder& order) {
  if (rest_ > 0) return;
  if (++misses_ > misses_max) {
    misses_ = 0;
    rest_ = rest_records;
    return;
  }
  parts_.clear();
#if defined(__SSE2__)
  if (!take_parts(line, order)) parts_.clear();
#endif
}

/// REQUIRES: the line is JSON. False for a record that has no pattern.
bool RecordPattern::take_parts(std::string_view line, const FieldOrder& order) {
  std::size_t taken = 0;
  std::size_t at = line.find('{');
  if (at != line.find_first_not_of(blanks)) return false;
  while (true) {
    at = line.find_first_not_of(blanks, at + 1);
    if (at == std::string_view::npos || line[at] != '"' || parts_.size() == fields_max)
      return false;
    std::size_t name_end = line.find_first_of("\"\\", at + 1);
    if (name_end == std::string_view::npos || line[name_end] == '\\') return false;
    Part part;
    part.column = order.find(line.substr(at + 1, name_end - at - 1));
    at = line.find_first_not_of(blanks, line.find(':', name_end) + 1);
    if (at == std::string_view::npos || line[at] == '{' || line[at] == '[') return false;
    part.is_text = line[at] == '"';
    if (part.is_text) ++at;
    part.before = literal_of(line.substr(taken, at - taken));
    at = part.is_text ? line.find_first_of("\"\\", at) : line.find_first_of(ends_of_plain, at);
    if (at == std::string_view::npos || line[at] == '\\') return false;
    taken = at;
    parts_.push_back(std::move(part));
    at = line.find_first_of(",}", at + (part.is_text ? 1 : 0));
    if (at == std::string_view::npos) return false;
    if (line[at] == '}') break;
  }
  tail_ = literal_of(line.substr(taken));
  return line.ends_with('\n');
}

const char* RecordPattern::read(const char* begin, const char* end, DecodedRows& rows) {
#if defined(__SSE2__)
  const char* next = read_parts(begin, end, rows);
  if (next != nullptr) misses_ = 0;
  return next;
#else
  return nullptr;
#endif
}

#if defined(__SSE2__)

bool RecordPattern::matches(const Literal& literal, const char* at) {
  const char* expected = literal.padded.data();
  const char* last = expected + literal.padded.size() - vector_bytes;
  for (; expected != last; expected += vector_bytes, at += vector_bytes) {
    if (equal_bits(load(at), load(expected)) != 0xFFFF) return false;
  }
  return (equal_bits(load(at), load(expected)) & literal.last_bits) == literal.last_bits;
}

const char* RecordPattern::read_parts(const char* at, const char* end, DecodedRows& rows) const {
  for (const Part& part : parts_) {
    const std::size_t before = part.before.padded.size();
    if (static_cast<std::size_t>(end - at) < before + plain_bytes_max + vector_bytes)
      return nullptr;
    if (!matches(part.before, at)) return nullptr;
    at += part.before.size;
    const char* value = at;
    if (part.is_text) {
      // Behind the text's end 16 bytes can be read.
      at = end_of_text(at, end - 2 * vector_bytes);
      if (at == nullptr || *at != '"') return nullptr;
      if (part.column == FieldOrder::none) continue;
      auto size = static_cast<std::size_t>(at - value);
      if (rows.wanted().fields[part.column].type == Type::text) {
        rows.put_short_text(part.column, value, size);
      } else if (!put_json_text({value, size}, part.column, rows)) {
        return nullptr;
      }
      continue;
    }
    std::string_view token(value, plain_bytes_max);
    token = token.substr(0, token.find_first_of(ends_of_plain));
    if (token.size() == plain_bytes_max || !put_json_token(token, part.column, rows)) {
      return nullptr;
    }
    at += token.size();
  }
  if (static_cast<std::size_t>(end - at) < tail_.padded.size() || !matches(tail_, at)) {
    return nullptr;
  }
  return at + tail_.size;
}

#endif

}  // namespace thalweg
