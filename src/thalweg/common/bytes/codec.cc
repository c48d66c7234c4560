// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/bytes/codec.h"

namespace thalweg {

// Not inlined: every described type has its own encoder and decoder made of these, and bytes are
// written and read where a disk or a network is slower anyway.

void Encoder::put_bytes(std::string_view bytes) { out_.append(bytes); }

void Encoder::put_length(std::uint64_t length) {
  while (length >= 0x80) {
    out_.push_back(static_cast<char>(length | 0x80));
    length >>= 7;
  }
  out_.push_back(static_cast<char>(length));
}

void Encoder::put_text(std::string_view text) {
  put_length(text.size());
  put_bytes(text);
}

std::string_view Decoder::get_bytes(std::size_t size) {
  if (size > left_.size()) {
    fail();
    return {};
  }
  std::string_view bytes = left_.substr(0, size);
  left_.remove_prefix(size);
  return bytes;
}

std::uint64_t Decoder::get_length() {
  std::uint64_t length = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    std::string_view byte = get_bytes(1);
    if (byte.empty()) return 0;
    auto part = static_cast<unsigned char>(byte[0]);
    // Only one bit is left for the tenth byte.
    if (shift == 63 && part > 1) break;
    length |= static_cast<std::uint64_t>(part & 0x7F) << shift;
    if (part < 0x80) return length;
  }
  fail();
  return 0;
}

std::string_view Decoder::get_text() { return get_bytes(get_length()); }

}  // namespace thalweg
