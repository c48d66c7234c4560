// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/range_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace thalweg {
namespace {

using Ranges = std::vector<std::pair<std::uint64_t, std::size_t>>;

/// Bytes in memory, and the ranges that were fetched.
class FakeRanges final : public RangeReader {
 public:
  explicit FakeRanges(std::string given) : RangeReader(given.size()), bytes(std::move(given)) {}

  std::string read(std::uint64_t offset, std::size_t size) {
    std::string out(size, '\0');
    out.resize(read_at(offset, out.data(), size).value());
    return out;
  }

  std::string bytes;
  Ranges fetched;

 protected:
  Result<std::size_t> fetch(std::uint64_t offset, char* out, std::size_t size) override {
    fetched.emplace_back(offset, size);
    return bytes.copy(out, size, offset);
  }
  Result<std::uint64_t> fetch_size() override { return bytes.size(); }
};

TEST(RangeReaderTest, FetchesMoreTheLongerAFileIsReadInOrder) {
  std::string text(20 << 20, 'x');
  FakeRanges file(text);

  for (std::uint64_t at = 0; at < text.size(); at += 64 << 10) {
    EXPECT_EQ(file.read(at, 64 << 10).size(), 64U << 10);
  }

  ASSERT_GE(file.fetched.size(), 3U);
  EXPECT_EQ(file.fetched[0].second, (64U << 10) + RangeReader::ahead_bytes_min);
  EXPECT_EQ(file.fetched[1].second, (64U << 10) + 2 * RangeReader::ahead_bytes_min);
  EXPECT_LT(file.fetched.size(), 12U);
}

TEST(RangeReaderTest, FetchesWhatIsReadHereAndThereAsItIs) {
  FakeRanges file("0123456789");

  EXPECT_EQ(file.read(7, 2), "78");
  EXPECT_EQ(file.read(2, 3), "234");

  EXPECT_EQ(file.fetched, (Ranges{{7, 2}, {2, 3}}));
}

TEST(RangeReaderTest, EndsWhereTheFileEndsNow) {
  FakeRanges file("0123");
  EXPECT_EQ(file.read(0, 10), "0123");
  EXPECT_EQ(file.read(4, 10), "");

  file.bytes += "456";

  EXPECT_EQ(file.read(4, 10), "456");
  EXPECT_EQ(file.read(100, 10), "");
}

TEST(RangeReaderTest, EndsEarlyWhereTheFileHasShrunk) {
  FakeRanges file("0123456789");
  file.bytes = "012";

  EXPECT_EQ(file.read(0, 10), "012");
}

}  // namespace
}  // namespace thalweg
