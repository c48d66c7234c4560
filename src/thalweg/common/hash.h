// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace thalweg {

// The hash of keys. It decides which partition a key goes to and where its state lies, so it is the
// same in every run, build and machine; its definition is docs/formats/key-hash.md and never
// changes without a new version there.

inline constexpr std::uint64_t hash_multiplier_1 = 0x9E3779B97F4A7C15ULL;
inline constexpr std::uint64_t hash_multiplier_2 = 0xD6E8FEB86659FD93ULL;
inline constexpr std::uint64_t hash_multiplier_3 = 0xA0761D6478BD642FULL;

// The extension keeps -Wpedantic quiet.
__extension__ using Uint128 = unsigned __int128;

/// The two halves of the 128-bit product, folded into one.
constexpr std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) {
  auto product = static_cast<Uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// The hash of a number: of an integer its value as int64, whatever its width.
constexpr std::uint64_t hash_integer(std::uint64_t value) {
  return fold_multiply(value ^ hash_multiplier_3, hash_multiplier_1);
}

/// The hash of several parts in order, from the hashes of the parts.
constexpr std::uint64_t hash_combine(std::uint64_t first, std::uint64_t second) {
  return fold_multiply(first ^ hash_multiplier_1, second ^ hash_multiplier_2);
}

inline std::uint64_t load_little_endian_64(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

inline std::uint64_t load_little_endian_32(const char* bytes) {
  std::uint32_t word;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
  return word;
}

/// The hash of bytes: the same for a string and a view of it.
inline std::uint64_t hash_bytes(const char* bytes, std::size_t size) {
  std::uint64_t hash = size * hash_multiplier_1;
  while (size > 16) {
    hash = fold_multiply(load_little_endian_64(bytes) ^ hash_multiplier_2,
                         load_little_endian_64(bytes + 8) ^ hash);
    bytes += 16;
    size -= 16;
  }
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (size >= 8) {
    low = load_little_endian_64(bytes);
    high = load_little_endian_64(bytes + size - 8);
  } else if (size >= 4) {
    low = load_little_endian_32(bytes);
    high = load_little_endian_32(bytes + size - 4);
  } else if (size > 0) {
    low = static_cast<unsigned char>(bytes[0]) |
          static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[size / 2])) << 8 |
          static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[size - 1])) << 16;
  }
  return fold_multiply(low ^ hash_multiplier_2, high ^ hash ^ hash_multiplier_3);
}

inline std::uint64_t hash_bytes(std::string_view bytes) {
  return hash_bytes(bytes.data(), bytes.size());
}

}  // namespace thalweg
