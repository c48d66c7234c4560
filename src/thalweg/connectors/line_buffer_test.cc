// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/line_buffer.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/common/random.h"

namespace thalweg {
namespace {

constexpr std::size_t all_rows = 1'000'000;

void put(LineBuffer& lines, std::string_view bytes) {
  while (!bytes.empty()) {
    std::span<char> room = lines.room();
    std::size_t size = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), size);
    lines.add(size);
    bytes.remove_prefix(size);
  }
}

std::string text_of(const Polled& polled) { return std::string(polled.batch.text()); }

class LineBufferTest : public ::testing::Test {
 protected:
  MemoryBudget memory_{1 << 30};
};

TEST_F(LineBufferTest, KeepsTheUnfinishedLine) {
  LineBuffer lines(100, memory_);
  put(lines, "one\ntw");
  EXPECT_TRUE(lines.has_records());
  EXPECT_EQ(text_of(lines.take(all_rows)), "one\n");
  EXPECT_FALSE(lines.has_records());
  put(lines, "o\r\n");
  EXPECT_EQ(text_of(lines.take(all_rows)), "two\r\n");
  EXPECT_EQ(lines.offset(), 9U);
}

TEST_F(LineBufferTest, EndsTheLastLine) {
  LineBuffer lines(100, memory_);
  put(lines, "one\ntwo");
  lines.end();
  EXPECT_EQ(text_of(lines.take(all_rows)), "one\ntwo\n");
}

TEST_F(LineBufferTest, AnEndBehindANewlineAddsNothing) {
  LineBuffer lines(100, memory_);
  put(lines, "one\n");
  lines.end();
  EXPECT_EQ(text_of(lines.take(all_rows)), "one\n");
  EXPECT_FALSE(lines.has_records());
}

TEST_F(LineBufferTest, GivesOutAsManyRowsAsAskedFor) {
  LineBuffer lines(100, memory_);
  put(lines, "a\nb\nc\nd\ne");
  EXPECT_EQ(text_of(lines.take(2)), "a\nb\n");
  EXPECT_EQ(text_of(lines.take(1)), "c\n");
  EXPECT_EQ(text_of(lines.take(7)), "d\n");
}

TEST_F(LineBufferTest, RejectsALongLineAmongOthers) {
  LineBuffer lines(5, memory_);
  put(lines, "12345\r\n123456\nok\n");
  Polled polled = lines.take(all_rows);
  EXPECT_EQ(text_of(polled), "12345\r\nok\n");
  ASSERT_EQ(polled.rejected.size(), 1U);
  EXPECT_EQ(polled.rejected[0].position.text, "offset=7");
  EXPECT_EQ(polled.rejected[0].reason,
            "line is longer than 5 bytes (\"line_bytes_max\"): it has 6");
  EXPECT_EQ(polled.rejected[0].bytes, "123456");
}

TEST_F(LineBufferTest, RejectsALongLineInPieces) {
  LineBuffer lines(5, memory_);
  put(lines, "a\n1234");
  put(lines, "5678");
  put(lines, "90\r\nb\nc");
  put(lines, "d\n");
  Polled polled = lines.take(all_rows);
  EXPECT_EQ(text_of(polled), "a\nb\ncd\n");
  ASSERT_EQ(polled.rejected.size(), 1U);
  EXPECT_EQ(polled.rejected[0].position.text, "offset=2");
  EXPECT_EQ(polled.rejected[0].bytes, "1234567890");
  EXPECT_EQ(lines.offset(), 19U);
}

TEST_F(LineBufferTest, KeepsOnlyTheStartOfALineWithoutEnd) {
  LineBuffer lines(10, memory_);
  for (int i = 0; i < 100; ++i) put(lines, std::string(1000, 'x'));
  EXPECT_FALSE(lines.has_records());
  lines.end();
  Polled polled = lines.take(all_rows);
  ASSERT_EQ(polled.rejected.size(), 1U);
  EXPECT_EQ(polled.rejected[0].bytes.size(), LongLine::dead_letter_bytes_max);
  EXPECT_EQ(polled.rejected[0].reason,
            "line is longer than 10 bytes (\"line_bytes_max\"): it has 100000, of which 65536 are "
            "kept");
}

TEST_F(LineBufferTest, KeepsOnlyTheStartOfALongLineThatCameWhole) {
  LineBuffer lines(1000, memory_);
  put(lines, std::string(200'000, 'x') + "\r\nok\n");
  Polled polled = lines.take(all_rows);
  EXPECT_EQ(text_of(polled), "ok\n");
  ASSERT_EQ(polled.rejected.size(), 1U);
  EXPECT_EQ(polled.rejected[0].bytes.size(), LongLine::dead_letter_bytes_max);
  EXPECT_NE(polled.rejected[0].reason.find("it has 200000, of which"), std::string::npos);
  EXPECT_EQ(lines.offset(), 200'005U);
}

TEST_F(LineBufferTest, TheReturnOfALinesEndIsNoneOfItsBytesHoweverItComes) {
  for (std::size_t cut = 1; cut <= 14; ++cut) {
    LineBuffer lines(5, memory_);
    std::string sent = "12345\r\n54321\r\n";
    put(lines, sent.substr(0, cut));
    put(lines, sent.substr(cut));
    Polled polled = lines.take(all_rows);
    EXPECT_EQ(text_of(polled), sent) << cut;
    EXPECT_TRUE(polled.rejected.empty()) << cut;
  }
}

TEST_F(LineBufferTest, RejectsALineThatIsBrokenOff) {
  LineBuffer lines(10, memory_);
  put(lines, "whole\npart");
  lines.break_off("the connection was lost");
  Polled polled = lines.take(all_rows);
  EXPECT_EQ(text_of(polled), "whole\n");
  ASSERT_EQ(polled.rejected.size(), 1U);
  EXPECT_EQ(polled.rejected[0].reason, "line is not complete: the connection was lost");
  EXPECT_EQ(polled.rejected[0].bytes, "part");
  EXPECT_EQ(polled.rejected[0].position.text, "offset=6");
}

TEST_F(LineBufferTest, ChargesItsMemoryAndGivesItBack) {
  {
    LineBuffer lines(10, memory_);
    put(lines, "one\n");
    EXPECT_GE(memory_.used_bytes(), static_cast<std::int64_t>(LineBuffer::read_bytes));
  }
  EXPECT_EQ(memory_.used_bytes(), 0);
}

TEST_F(LineBufferTest, GivesSmallBatchesMemoryOfTheirOwn) {
  LineBuffer lines(10, memory_);
  put(lines, "one\n");
  Polled first = lines.take(all_rows);
  put(lines, "two\n");
  EXPECT_EQ(text_of(first), "one\n");
}

TEST_F(LineBufferTest, LosesNothingHoweverTheBytesCome) {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    std::string sent;
    std::size_t lines_sent = 2000 + random.below(20'000);
    for (std::size_t i = 0; i < lines_sent; ++i) {
      std::size_t size = random.below(100) == 0 ? random.below(3000) : random.below(60);
      sent += std::string(size, static_cast<char>('a' + i % 26)) + "\n";
    }
    // Each byte is either in a line that came out or in a rejected one.
    LineBuffer lines(round % 2 == 0 ? 1'000 : 10'000, memory_);
    std::size_t bytes = 0;
    std::size_t rows = 0;
    auto take = [&] {
      Polled polled = lines.take(1 + random.below(500));
      bytes += polled.batch.bytes();
      rows += polled.batch.row_count() + polled.rejected.size();
      for (const auto& rejected : polled.rejected) bytes += rejected.bytes.size() + 1;
    };
    for (std::size_t at = 0; at < sent.size();) {
      std::size_t size = std::min<std::size_t>(
          sent.size() - at, 1 + random.below(random.below(2) == 0 ? 300'000 : 100));
      put(lines, std::string_view(sent).substr(at, size));
      at += size;
      while (lines.has_records()) take();
    }
    EXPECT_EQ(bytes, sent.size());
    EXPECT_EQ(rows, lines_sent);
    EXPECT_EQ(lines.offset(), sent.size());
  }
}

}  // namespace
}  // namespace thalweg
