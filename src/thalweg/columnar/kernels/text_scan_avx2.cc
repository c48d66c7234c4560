// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/kernels/text_scan_internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

// Compiled for AVX2 function by function: the rest of the library must run without it. Loads may go
// beyond the text, though never beyond its page, so the sanitizers must not look here; in none of
// the functions, since what is inlined would leave its marks on the stack behind. The tests put
// texts before a page that nobody may touch instead.
#define THALWEG_AVX2 \
  __attribute__((target("avx2,bmi,popcnt"), no_sanitize("address"), no_sanitize("thread")))
#define THALWEG_AVX2_INLINE THALWEG_AVX2 __attribute__((always_inline)) inline

namespace thalweg {
namespace {

constexpr std::size_t vector_bytes = 32;
constexpr std::size_t block_bytes = 64;
constexpr std::size_t page_bytes = 4096;

/// True where `size` bytes from `from` on are in one page, so that reading them all can't fault.
THALWEG_AVX2_INLINE bool in_one_page(const char* from, std::size_t size) {
  return (reinterpret_cast<std::uintptr_t>(from) & (page_bytes - 1)) <= page_bytes - size;
}

THALWEG_AVX2_INLINE std::uint64_t equal_bits(__m256i bytes, __m256i wanted) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, wanted)));
}

THALWEG_AVX2_INLINE __m256i load(const char* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

/// Loads 32 bytes of which only the first `size` are ours. The others have no meaning.
/// REQUIRES: 0 < size < 32.
THALWEG_AVX2_INLINE __m256i load_part(const char* from, std::size_t size) {
  if (in_one_page(from, vector_bytes)) [[likely]]
    return load(from);
  char copy[vector_bytes] = {};
  std::memcpy(copy, from, size);
  return load(copy);
}

/// Bit i says whether from[i] is the wanted byte.
THALWEG_AVX2_INLINE std::uint64_t full_block_bits(const char* from, __m256i wanted) {
  return equal_bits(load(from), wanted) | equal_bits(load(from + vector_bytes), wanted) << 32;
}

/// The same for a block of which only the first `size` bytes are ours; the other bits are zero.
/// REQUIRES: 0 < size < 64.
THALWEG_AVX2_INLINE std::uint64_t part_block_bits(const char* from, std::size_t size,
                                                  __m256i wanted) {
  std::uint64_t ours = (std::uint64_t{1} << size) - 1;
  if (in_one_page(from, block_bytes)) [[likely]]
    return full_block_bits(from, wanted) & ours;
  char copy[block_bytes] = {};
  std::memcpy(copy, from, size);
  return full_block_bits(copy, wanted) & ours;
}

THALWEG_AVX2_INLINE std::uint64_t block_bits(const char* from, std::size_t size, __m256i wanted) {
  return size >= block_bytes ? full_block_bits(from, wanted) : part_block_bits(from, size, wanted);
}

/// The text from `start` up to its newline, without a '\r' before that.
THALWEG_AVX2_INLINE std::string_view line_between(const char* start, const char* newline) {
  // An empty line looks at its own newline: what is before belongs to another.
  const char* last = newline - (newline > start ? 1 : 0);
  auto size = static_cast<std::size_t>(newline - start);
  return {start, size - (*last == '\r' ? 1 : 0)};
}

THALWEG_AVX2 std::size_t find_lines_avx2(const char*& position, const char* end,
                                         std::string_view* lines, std::size_t lines_max) {
  const __m256i newlines = _mm256_set1_epi8('\n');
  const char* start = position;
  std::size_t count = 0;
  for (const char* block = position; block < end && count < lines_max; block += block_bytes) {
    std::uint64_t bits = block_bits(block, static_cast<std::size_t>(end - block), newlines);
    // A block of usual text holds no line's end or one. Both cases run through the same
    // instructions, without a branch, since the processor can't guess which it will be.
    const char* newline = block + (_tzcnt_u64(bits) & 63);
    lines[count] = line_between(start, newline);
    std::int64_t found = bits != 0 ? 1 : 0;
    count += static_cast<std::size_t>(found);
    start += (newline + 1 - start) & -found;
    for (bits = _blsr_u64(bits); bits != 0 && count < lines_max; bits = _blsr_u64(bits)) {
      newline = block + _tzcnt_u64(bits);
      lines[count++] = line_between(start, newline);
      start = newline + 1;
    }
  }
  position = start;
  return count;
}

THALWEG_AVX2 std::size_t count_newlines_avx2(const char* begin, const char* end) {
  const __m256i newlines = _mm256_set1_epi8('\n');
  const __m256i zero = _mm256_setzero_si256();
  __m256i sums = zero;
  const char* at = begin;
  while (static_cast<std::size_t>(end - at) >= block_bytes) {
    // Counts in bytes, two a block at most, are added up before they could overflow.
    auto blocks = std::min<std::size_t>(static_cast<std::size_t>(end - at) / block_bytes, 127);
    __m256i counts = zero;
    for (std::size_t i = 0; i < blocks; ++i, at += block_bytes) {
      counts = _mm256_sub_epi8(counts, _mm256_cmpeq_epi8(load(at), newlines));
      counts = _mm256_sub_epi8(counts, _mm256_cmpeq_epi8(load(at + vector_bytes), newlines));
    }
    sums = _mm256_add_epi64(sums, _mm256_sad_epu8(counts, zero));
  }
  std::uint64_t lanes[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), sums);
  std::size_t count = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  for (; at != end; ++at) count += *at == '\n' ? 1 : 0;
  return count;
}

THALWEG_AVX2 const char* find_bytes_avx2(const char* begin, const char* end,
                                         std::string_view needle) {
  const std::size_t size = needle.size();
  const __m256i first = _mm256_set1_epi8(needle.front());
  const __m256i last = _mm256_set1_epi8(needle.back());
  const auto places = static_cast<std::size_t>(end - begin) - size + 1;
  // A needle of few different bytes in a text of the same bytes costs a comparison a place. Past
  // this many in vain the search goes on in memmem(), whose time does not depend on that.
  std::size_t misses_left = 64 + places / 16;
  for (std::size_t place = 0; place < places; place += vector_bytes) {
    const char* at = begin + place;
    std::size_t left = places - place;
    std::uint64_t bits = 0;
    if (left >= vector_bytes) [[likely]] {
      bits = equal_bits(load(at), first) & equal_bits(load(at + size - 1), last);
    } else {
      bits = equal_bits(load_part(at, left), first) &
             equal_bits(load_part(at + size - 1, left), last) & ((std::uint64_t{1} << left) - 1);
    }
    for (; bits != 0; bits = _blsr_u64(bits)) {
      const char* candidate = at + _tzcnt_u64(bits);
      if (std::memcmp(candidate + 1, needle.data() + 1, size - 2) == 0) return candidate;
      if (--misses_left == 0) return portable_text_scan.find_bytes(candidate, end, needle);
    }
  }
  return end;
}

/// Writes the fields that end at the set bits, and up to seven entries without meaning behind them.
/// Returns where the next field starts.
THALWEG_AVX2_INLINE const char* write_fields(const char* start, const char* block,
                                             std::uint64_t bits, std::size_t bit_count,
                                             std::string_view* fields) {
  if (bits == 0) return start;
  const char* next = block + (block_bytes - static_cast<std::size_t>(__builtin_clzll(bits)));
  for (std::size_t written = 0; written < bit_count; written += 8) {
    // Eight at once, without asking how many there are: the processor could not guess it.
    for (std::size_t i = 0; i < 8; ++i) {
      const char* separator = block + _tzcnt_u64(bits);
      fields[written + i] = {start, static_cast<std::size_t>(separator - start)};
      start = separator + 1;
      bits = _blsr_u64(bits);
    }
  }
  return next;
}

THALWEG_AVX2 std::size_t split_fields_avx2(std::string_view text, char separator,
                                           std::size_t& offset, std::string_view* fields,
                                           std::size_t fields_max) {
  const __m256i separators = _mm256_set1_epi8(separator);
  const char* start = text.data() + offset;
  const char* end = text.data() + text.size();
  std::size_t count = 0;
  for (const char* block = start; block < end; block += block_bytes) {
    std::uint64_t bits = block_bits(block, static_cast<std::size_t>(end - block), separators);
    auto bit_count = static_cast<std::size_t>(_mm_popcnt_u64(bits));
    if (count + bit_count + 8 <= fields_max) [[likely]] {
      start = write_fields(start, block, bits, bit_count, fields + count);
      count += bit_count;
      continue;
    }
    for (; bits != 0 && count < fields_max; bits = _blsr_u64(bits)) {
      const char* found = block + _tzcnt_u64(bits);
      fields[count++] = {start, static_cast<std::size_t>(found - start)};
      start = found + 1;
    }
    if (bits != 0 || count == fields_max) {
      offset = static_cast<std::size_t>(start - text.data());
      return count;
    }
  }
  if (count == fields_max) {
    offset = static_cast<std::size_t>(start - text.data());
    return count;
  }
  fields[count++] = {start, static_cast<std::size_t>(end - start)};
  offset = std::string_view::npos;
  return count;
}

constexpr TextScan avx2_functions = {find_lines_avx2, count_newlines_avx2, find_bytes_avx2,
                                     split_fields_avx2};

}  // namespace

const TextScan* avx2_text_scan() {
  bool there = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("popcnt");
  return there ? &avx2_functions : nullptr;
}

}  // namespace thalweg

#else

namespace thalweg {

const TextScan* avx2_text_scan() { return nullptr; }

}  // namespace thalweg

#endif
