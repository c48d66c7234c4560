// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/bytes/codec.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

std::uint64_t length_of(std::string_view bytes, bool& failed) {
  Decoder in(bytes);
  std::uint64_t length = in.get_length();
  failed = in.failed();
  return length;
}

TEST(CodecTest, ReadsWhatWasWritten) {
  Encoder out;
  out.put_number<std::int32_t>(-5);
  out.put_text("word");
  out.put_length(300);
  out.put_number(2.5);
  Decoder in(out.bytes());
  EXPECT_EQ(in.get_number<std::int32_t>(), -5);
  EXPECT_EQ(in.get_text(), "word");
  EXPECT_EQ(in.get_length(), 300U);
  EXPECT_EQ(in.get_number<double>(), 2.5);
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.bytes_left(), 0U);
}

TEST(CodecTest, LengthsOfEverySizeComeBack) {
  for (int shift = 0; shift < 64; ++shift) {
    for (std::uint64_t length : {std::uint64_t{1} << shift, (std::uint64_t{1} << shift) - 1}) {
      Encoder out;
      out.put_length(length);
      bool failed = true;
      EXPECT_EQ(length_of(out.bytes(), failed), length);
      EXPECT_FALSE(failed);
    }
  }
}

TEST(CodecTest, RefusesALengthBeyond64Bits) {
  bool failed = false;
  std::string bytes(9, '\xFF');
  EXPECT_EQ(length_of(bytes + '\x01', failed), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(failed);
  length_of(bytes + '\x02', failed);
  EXPECT_TRUE(failed);
  length_of(bytes + '\x81' + '\x01', failed);
  EXPECT_TRUE(failed);
  length_of(bytes, failed);
  EXPECT_TRUE(failed);
}

TEST(CodecTest, AfterAFailureEverythingIsEmpty) {
  Decoder in("\x05word");
  EXPECT_EQ(in.get_text(), "");
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.get_number<std::int8_t>(), 0);
  EXPECT_EQ(in.get_length(), 0U);
  EXPECT_EQ(in.bytes_left(), 0U);
}

TEST(CodecTest, ALengthThatWrapsIsRefused) {
  Encoder out;
  out.put_length(std::numeric_limits<std::uint64_t>::max());
  out.put_bytes("abc");
  Decoder in(out.bytes());
  EXPECT_EQ(in.get_text(), "");
  EXPECT_TRUE(in.failed());
}

TEST(CodecTest, TakeLeavesNothing) {
  Encoder out;
  out.put_bytes("abc");
  EXPECT_EQ(out.take(), "abc");
  out.put_bytes("d");
  EXPECT_EQ(out.bytes(), "d");
  out.clear();
  EXPECT_EQ(out.bytes(), "");
}

}  // namespace
}  // namespace thalweg
