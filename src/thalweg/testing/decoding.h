// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/columnar/batch_text.h"
#include "thalweg/columnar/formats/record_decoder.h"

namespace thalweg::testing {

/// A block in memory of its own, of exactly its size, so that a read behind it is seen.
inline RecordBlock block_of(std::string_view bytes) {
  auto owner = std::make_shared<std::vector<char>>(bytes.begin(), bytes.end());
  return {owner, std::string_view(owner->data(), owner->size())};
}

/// What a block was decoded to, as text: the rows, then "offset+length: reason" of each record that
/// was rejected; or the error.
inline std::string decoded_text(RecordDecoder& decoder, std::string_view bytes) {
  auto decoded = decoder.decode(block_of(bytes));
  if (!decoded.ok()) return decoded.status().to_string();
  std::string text;
  Status appended = append_rows_as_text(decoded.value().batch, static_cast<std::size_t>(-1), text);
  EXPECT_TRUE(appended.ok()) << appended.to_string();
  for (const auto& rejected : decoded.value().rejected) {
    text += std::to_string(rejected.offset) + "+" + std::to_string(rejected.length) + ": " +
            rejected.reason + "\n";
  }
  return text;
}

/// As above, by a new decoder. An error of making it is the text.
inline std::string decoded_text(std::string_view format, const Schema& wanted,
                                std::string_view bytes, const DecoderOptions& options = {}) {
  auto decoder = make_decoder(format, wanted, options);
  if (!decoder.ok()) return decoder.status().to_string();
  return decoded_text(*decoder.value(), bytes);
}

}  // namespace thalweg::testing
