// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/bytes/crc32c.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/random.h"

namespace thalweg {
namespace {

std::string counting(int first, int step) {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes.push_back(static_cast<char>(first + i * step));
  return bytes;
}

/// An iSCSI read command: the last vector of RFC 3720, B.4.
std::string iscsi_read() {
  std::string bytes(48, '\0');
  const std::pair<int, int> set[] = {{0, 0x01},  {1, 0xC0},  {16, 0x14}, {22, 0x04},
                                     {27, 0x14}, {31, 0x18}, {32, 0x28}, {40, 0x02}};
  for (auto [at, value] : set) bytes[static_cast<std::size_t>(at)] = static_cast<char>(value);
  return bytes;
}

TEST(Crc32cTest, GivesTheValuesOfItsStandard) {
  const std::vector<std::pair<std::string, std::uint32_t>> vectors = {
      {"", 0},
      {std::string(32, '\0'), 0x8A9136AA},
      {std::string(32, '\xFF'), 0x62A8AB43},
      {counting(0, 1), 0x46DD794E},
      {counting(31, -1), 0x113FDB5C},
      {iscsi_read(), 0xD9963A56},
      {"123456789", 0xE3069283},
  };
  for (const auto& [bytes, expected] : vectors) {
    EXPECT_EQ(crc32c(bytes), expected) << bytes.size() << " bytes";
    EXPECT_EQ(extend_crc32c_by_table(0, bytes), expected) << bytes.size() << " bytes";
  }
}

TEST(Crc32cTest, IsTheSameInPartsAndWithoutTheInstruction) {
  Random random(1);
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes.push_back(static_cast<char>(random.next()));
  const std::uint32_t whole = crc32c(bytes);

  EXPECT_EQ(extend_crc32c_by_table(0, bytes), whole);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    std::string_view head = std::string_view(bytes).substr(0, cut);
    std::string_view tail = std::string_view(bytes).substr(cut);
    ASSERT_EQ(extend_crc32c(crc32c(head), tail), whole) << cut;
    ASSERT_EQ(extend_crc32c_by_table(crc32c(head), tail), whole) << cut;
  }
}

}  // namespace
}  // namespace thalweg
