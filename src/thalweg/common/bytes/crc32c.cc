// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/bytes/crc32c.h"

#include <array>

#include "thalweg/common/hash.h"

namespace thalweg {
namespace {

// The polynomial with its lowest power in the highest bit.
constexpr std::uint32_t polynomial = 0x82F63B78;

using Table = std::array<std::uint32_t, 256>;

// tables[k][b]: what byte b adds to the remainder when k more bytes follow it.
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? polynomial : 0);
    tables[0][byte] = rest;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> tables = make_tables();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t extend_by_instruction(std::uint32_t crc,
                                                                      std::string_view bytes) {
  std::uint64_t rest = ~crc;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    rest = __builtin_ia32_crc32di(rest, load_little_endian_64(at));
  }
  auto narrow = static_cast<std::uint32_t>(rest);
  for (; left > 0; --left, ++at) {
    narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(*at));
  }
  return ~narrow;
}
#endif

using Extend = std::uint32_t (*)(std::uint32_t, std::string_view);

Extend fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return extend_by_instruction;
#endif
  return extend_crc32c_by_table;
}

}  // namespace

std::uint32_t extend_crc32c_by_table(std::uint32_t crc, std::string_view bytes) {
  std::uint32_t rest = ~crc;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = load_little_endian_64(at) ^ rest;
    rest = 0;
    for (int k = 0; k < 8; ++k) rest ^= tables[7 - k][(word >> (8 * k)) & 0xFF];
  }
  for (; left > 0; --left, ++at) {
    rest = (rest >> 8) ^ tables[0][(rest ^ static_cast<unsigned char>(*at)) & 0xFF];
  }
  return ~rest;
}

std::uint32_t extend_crc32c(std::uint32_t crc, std::string_view bytes) {
  static const Extend extend = fastest();
  return extend(crc, bytes);
}

std::uint32_t crc32c(std::string_view bytes) { return extend_crc32c(0, bytes); }

}  // namespace thalweg
