// SPDX-License-Identifier: Apache-2.0
#include "thalweg/common/text.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

std::string number(double value) {
  std::string text;
  append_number(value, text);
  return text;
}

TEST(TextTest, IntegersPrintAsTheyAre) {
  std::string text;
  append_number(std::numeric_limits<std::int64_t>::min(), text);
  append_number(std::numeric_limits<std::uint64_t>::max(), text);
  EXPECT_EQ(text, "-922337203685477580818446744073709551615");
}

TEST(TextTest, DoublesPrintAsScala) {
  EXPECT_EQ(number(0.0), "0.0");
  EXPECT_EQ(number(-0.0), "-0.0");
  EXPECT_EQ(number(1.0), "1.0");
  EXPECT_EQ(number(-2.5), "-2.5");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(number(123456.789), "123456.789");
  EXPECT_EQ(number(9999999.0), "9999999.0");
  EXPECT_EQ(number(1e7), "1.0E7");
  EXPECT_EQ(number(12345678.9), "1.23456789E7");
  EXPECT_EQ(number(0.001), "0.001");
  EXPECT_EQ(number(0.00025), "2.5E-4");
  EXPECT_EQ(number(1e-300), "1.0E-300");
  EXPECT_EQ(number(std::numeric_limits<double>::max()), "1.7976931348623157E308");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(TextTest, FloatsPrintTheirOwnDigits) {
  std::string text;
  append_number(0.1F, text);
  EXPECT_EQ(text, "0.1");
}

TEST(TextTest, ExcerptQuotesAndEscapes) {
  EXPECT_EQ(excerpt("plain"), "\"plain\"");
  EXPECT_EQ(excerpt(""), "\"\"");
  EXPECT_EQ(excerpt("tab\tnul"), "\"tab\\x09nul\"");
  EXPECT_EQ(excerpt("bad \xFF\xC3 end"), "\"bad \\xff\\xc3 end\"");
  EXPECT_EQ(excerpt("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC"), "\"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC\"");
}

TEST(TextTest, ExcerptIsCut) {
  EXPECT_EQ(excerpt("0123456789", 4), "\"0123...\"");
  EXPECT_EQ(excerpt("0123", 4), "\"0123\"");
  // A character is never cut in two.
  EXPECT_EQ(excerpt("012\xC3\xBC\xC3\xBC", 4), "\"012\xC3\xBC...\"");
  EXPECT_LE(excerpt(std::string(10'000, 'x')).size(), 100U);
}

TEST(TextTest, KnowsUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80"));
  for (std::string_view wrong : {
           "\x80",              // A continuation by itself.
           "\xC3",              // Cut off.
           "\xC3(",             // No continuation.
           "\xC0\xAF",          // Could be shorter.
           "\xE0\x80\xAF",      // Could be shorter.
           "\xF0\x80\x80\xAF",  // Could be shorter.
           "\xED\xA0\x80",      // A surrogate.
           "\xF4\x90\x80\x80",  // Beyond U+10FFFF.
           "\xFF",
       }) {
    EXPECT_FALSE(is_utf8(wrong)) << excerpt(wrong);
  }
}

TEST(TextTest, BytesPrintWithTheirUnit) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(640), "640 B");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes(1'572'864), "1.5 MiB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(TextTest, FindsTheNearestWord) {
  constexpr std::string_view words[] = {"host", "port", "reconnect_ms"};
  EXPECT_EQ(nearest_word("hots", words, 3), "host");
  EXPECT_EQ(nearest_word("port", words, 3), "port");
  EXPECT_EQ(nearest_word("reconect", words, 3), "");
  EXPECT_EQ(nearest_word("recnnect_m", words, 3), "reconnect_ms");
  EXPECT_EQ(nearest_word("teleprinter", words, 3), "");
  EXPECT_EQ(nearest_word("host", nullptr, 0), "");
}

}  // namespace
}  // namespace thalweg
