// SPDX-License-Identifier: Apache-2.0
//
// Writes records in every format, and reads what others wrote, for records_test.py, which compares
// both with Python's json and csv, pyarrow and DuckDB. Called on its own it reads what it wrote.

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "thalweg/columnar/compression/compression.h"
#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/columnar/formats/parquet_reader.h"
#include "thalweg/columnar/formats/record_decoder.h"
#include "thalweg/columnar/records.h"
#include "thalweg/testing/temporary_directory.h"

namespace thalweg {
namespace {

constexpr int records = 500;

struct Item {
  std::int64_t id = 0;
  std::optional<double> price;
  std::optional<std::string> name;
  std::optional<bool> paid;
};
THALWEG_FIELDS(Item, id, price, name, paid)

/// The same as content() of records_test.py.
Item content(int i) {
  static const std::string names[] = {"",           "plain",      "a, b",
                                      "say \"hi\"", "two\nlines", "null",
                                      "NaN",        "c:\\dir",    "\xC3\xA9\xF0\x9F\x98\x80",
                                      " edge ",     "'",          "#no",
                                      "tab\there",  "\r\nx"};
  Item item;
  item.id = static_cast<std::int64_t>(static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15ULL);
  if (i % 5 != 0) item.price = i * 0.1;
  if (i % 7 != 0) item.name = names[i % 14];
  if (i % 3 != 0) item.paid = i % 2 == 0;
  return item;
}

std::string read_file(const std::string& path) {
  LocalFileSystem files;
  auto file = files.open_read(path).value();
  auto compression = compression_of(*file, path).value();
  if (compression != Compression::none) {
    file = open_decompressed(std::move(file), compression).value();
  }
  std::string bytes;
  std::string block(1 << 16, '\0');
  while (true) {
    std::size_t got = file->read_at(bytes.size(), block.data(), block.size()).value();
    if (got == 0) return bytes;
    bytes.append(block, 0, got);
  }
}

/// The rows of a file as JSON, a line each.
std::string rows_of(const std::string& path, const std::string& format) {
  Schema wanted = schema_of(RecordColumns<Item>::shape());
  auto encoder = make_encoder("json").value();
  std::string out;
  if (format == "parquet") {
    std::shared_ptr<ReadableFile> file = LocalFileSystem().open_read(path).value();
    auto reader = open_parquet(file, path, wanted).value();
    for (int group = 0; group < reader->group_count(); ++group) {
      auto rows = reader->read_group(group).value();
      for (Batch batch = rows->next().value(); !batch.empty(); batch = rows->next().value()) {
        EXPECT_TRUE(encoder->append(batch, out).ok());
      }
    }
    return out;
  }
  DecoderOptions options;
  options.csv_header = true;
  auto decoder = make_decoder(format, wanted, options).value();
  std::string bytes = read_file(path);
  Decoded decoded = decoder->decode({nullptr, bytes}).value();
  for (const auto& rejected : decoded.rejected) ADD_FAILURE() << path << ": " << rejected.reason;
  EXPECT_TRUE(encoder->append(decoded.batch, out).ok());
  return out;
}

class WrittenRecordsTest : public ::testing::Test {
 protected:
  WrittenRecordsTest() {
    const char* given = std::getenv("THALWEG_RECORDS_DIRECTORY");
    root_ = given != nullptr ? given : temporary_.path();
  }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  testing::TemporaryDirectory temporary_;
  std::string root_;
};

TEST_F(WrittenRecordsTest, OursAreReadAgain) {
  std::vector<Item> items;
  for (int i = 0; i < records; ++i) items.push_back(content(i));
  Batch batch = to_batch<Item>(items).value();
  std::string expected;
  ASSERT_TRUE(make_encoder("json").value()->append(batch, expected).ok());
  for (std::string format : {"json", "csv", "parquet"}) {
    auto encoder = make_encoder(format).value();
    std::string bytes;
    ASSERT_TRUE(encoder->append(batch, bytes).ok());
    ASSERT_TRUE(encoder->finish(bytes).ok());
    std::string path = join_path(root_, "ours." + format);
    write(path, bytes);
    EXPECT_EQ(rows_of(path, format), expected) << format;
  }
}

TEST_F(WrittenRecordsTest, TheirsAreReadForThem) {
  LocalFileSystem files;
  auto entries = files.list(root_).value();
  for (const auto& entry : entries) {
    std::string name(base_name(entry.path));
    if (!name.starts_with("theirs.")) continue;
    std::string format = name.substr(7, name.find_first_of(".-", 7) - 7);
    write(join_path(root_, "read." + name), rows_of(entry.path, format));
  }
}

}  // namespace
}  // namespace thalweg
