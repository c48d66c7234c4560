// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace thalweg {

/// The CRC32C (Castagnoli) of `bytes`: what the formats that must survive a power cut check
/// themselves with. 0 of no bytes. Not for keys (common/hash.h), and not against malice.
///
/// Source: RFC 3720, 12.1 and appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

/// The CRC32C of some bytes followed by `bytes`, where `crc` is that of the first.
///
///     crc32c("tide") == extend_crc32c(crc32c("ti"), "de")
std::uint32_t extend_crc32c(std::uint32_t crc, std::string_view bytes);

/// The same without the processor's instruction: what processors before SSE 4.2, and others than
/// x86-64, get. Declared for the test that compares the two.
std::uint32_t extend_crc32c_by_table(std::uint32_t crc, std::string_view bytes);

}  // namespace thalweg
