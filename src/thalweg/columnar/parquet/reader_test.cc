// SPDX-License-Identifier: Apache-2.0
#include <parquet/arrow/writer.h>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <arrow/util/decimal.h>
#include <gtest/gtest.h>

#include "thalweg/columnar/batch_text.h"
#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/batch_encoder.h"
#include "thalweg/columnar/formats/parquet_reader.h"

namespace thalweg {
namespace {

/// A file in memory that may fail.
class BytesFile final : public ReadableFile {
 public:
  explicit BytesFile(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t size) override {
    if (!failure.ok()) return failure;
    if (offset >= bytes_.size()) return std::size_t{0};
    return bytes_.copy(out, size, offset);
  }
  Result<std::uint64_t> size_bytes() override { return bytes_.size(); }

  Status failure;

 private:
  const std::string bytes_;
};

Batch orders(int first, int count) {
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"id", Type::int64});
  columns.emplace_back(Field{"page", Type::text});
  columns.emplace_back(Field{"at", Type::timestamp_us});
  for (int i = first; i < first + count; ++i) {
    columns[0].append_integer(i);
    i % 3 == 0 ? columns[1].append_null() : columns[1].append_text("p" + std::to_string(i));
    columns[2].append_integer(i * 1'000'000LL);
  }
  return build_batch(std::move(columns)).value();
}

std::string encoded(const std::vector<Batch>& batches) {
  auto encoder = make_encoder("parquet").value();
  std::string out;
  for (const auto& batch : batches) EXPECT_TRUE(encoder->append(batch, out).ok());
  EXPECT_TRUE(encoder->finish(out).ok());
  return out;
}

/// A file of one column "a", as Arrow writes it.
std::string written(
    const std::shared_ptr<arrow::Array>& column, bool int96 = false,
    std::shared_ptr<parquet::WriterProperties> writer = parquet::default_writer_properties()) {
  auto table = arrow::Table::Make(arrow::schema({arrow::field("a", column->type())}), {column});
  auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  auto properties = parquet::ArrowWriterProperties::Builder();
  if (int96) properties.enable_deprecated_int96_timestamps();
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, 1 << 20,
                                         std::move(writer), properties.build())
                  .ok());
  return out->Finish().ValueOrDie()->ToString();
}

/// All rows as text, or the error.
std::string read_all(std::shared_ptr<ReadableFile> file, const Schema& wanted) {
  auto opened = open_parquet(std::move(file), "orders.parquet", wanted);
  if (!opened.ok()) return opened.status().to_string();
  std::string text;
  for (int group = 0; group < opened.value()->group_count(); ++group) {
    auto rows = opened.value()->read_group(group);
    if (!rows.ok()) return rows.status().to_string();
    while (true) {
      auto batch = rows.value()->next();
      if (!batch.ok()) return batch.status().to_string();
      if (batch.value().empty()) break;
      EXPECT_TRUE(append_rows_as_text(batch.value(), 1 << 20, text).ok());
    }
  }
  return text;
}

std::string read_all(std::string bytes, const Schema& wanted) {
  return read_all(std::make_shared<BytesFile>(std::move(bytes)), wanted);
}

TEST(ParquetReaderTest, ReadsTheWantedColumnsInTheirOrder) {
  EXPECT_EQ(read_all(encoded({orders(0, 3)}), {{{"page", Type::text}, {"id", Type::int64}}}),
            "(null,0)\n(p1,1)\n(p2,2)\n");
  EXPECT_EQ(read_all(encoded({orders(1, 1)}), {}), "(1,p1,1970-01-01 00:00:01.000)\n");
}

TEST(ParquetReaderTest, ReadsRowGroupsByThemselves) {
  auto file = std::make_shared<BytesFile>(encoded({orders(0, 100'000), orders(100'000, 50'000)}));
  auto reader = open_parquet(file, "f", {{{"id", Type::int64}}}).value();
  ASSERT_EQ(reader->group_count(), 3);
  std::int64_t row_count = 0;
  for (int group = 0; group < 3; ++group) {
    row_count += reader->group_rows(group);
    EXPECT_GT(reader->group_bytes(group), 0);
  }
  EXPECT_EQ(row_count, 150'000);
  Batch batch = reader->read_group(1).value()->next().value();
  EXPECT_EQ(columns_of(batch).value()[0].integer(0), 65'536);
}

TEST(ParquetReaderTest, AColumnThatTheFileLacksIsNullWhereItIsNotRequired) {
  Schema wanted{{{"id", Type::int64}, {"price", Type::float64}}};
  EXPECT_EQ(read_all(encoded({orders(0, 1)}), wanted), "(0,null)\n");
  wanted.fields[1].required = true;
  EXPECT_EQ(
      read_all(encoded({orders(0, 1)}), wanted),
      "invalid_argument: orders.parquet: column not found: \"price\"; the file has: id, page, "
      "at");
}

TEST(ParquetReaderTest, ReadsTimestampsOfInt96) {
  arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::NANO),
                                  arrow::default_memory_pool());
  ASSERT_TRUE(builder.Append(1'500'000'000).ok());
  EXPECT_EQ(read_all(written(builder.Finish().ValueOrDie(), true), {{{"a", Type::timestamp_us}}}),
            "1970-01-01 00:00:01.500\n");
}

TEST(ParquetReaderTest, RefusesDecimals) {
  arrow::Decimal128Builder builder(arrow::decimal128(10, 2));
  ASSERT_TRUE(builder.Append(arrow::Decimal128(125)).ok());
  EXPECT_EQ(read_all(written(builder.Finish().ValueOrDie()), {{{"a", Type::float64}}}),
            "unsupported: orders.parquet: column type not supported: \"a\" is decimal128(10, 2); "
            "supported are boolean, integers, floats, text, bytes and timestamps");
}

TEST(ParquetReaderTest, SaysThatAFileIsNoParquet) {
  for (std::string bytes : {"", "PAR1", "id,page\n1,home\n", "PAR1\xFF\xFF\xFF\x7FPAR1"}) {
    std::string read = read_all(bytes, {});
    EXPECT_TRUE(
        read.starts_with("data_loss: orders.parquet: file is no Parquet, cut off or "
                         "corrupt: "))
        << read;
  }
}

TEST(ParquetReaderTest, RefusesAColumnOfAnotherType) {
  EXPECT_EQ(read_all(encoded({orders(0, 1)}), {{{"page", Type::int64}}}),
            "invalid_argument: orders.parquet: column has another type: \"page\" is text in the "
            "file, wanted is int64");
  EXPECT_EQ(read_all(encoded({orders(7, 1)}), {{{"id", Type::float64}}}), "7\n");
}

TEST(ParquetReaderTest, RefusesADecompressionBomb) {
  // Given a text of 64 MiB in a file of some kilobytes.
  arrow::StringBuilder builder;
  ASSERT_TRUE(builder.Append(std::string(std::size_t{64} << 20, 'x')).ok());
  auto properties = parquet::WriterProperties::Builder();
  properties.compression(parquet::Compression::ZSTD);
  std::string bytes = written(builder.Finish().ValueOrDie(), false, properties.build());
  ASSERT_LT(bytes.size(), std::size_t{200} << 10);

  std::string read = read_all(bytes, {{{"a", Type::text}}});

  EXPECT_TRUE(read.starts_with("data_loss: orders.parquet: file needs more than ")) << read;
  EXPECT_TRUE(read.ends_with("bytes of it: a decompression bomb, or corrupt")) << read;
}

TEST(ParquetReaderTest, ReadsAColumnThatIsMostlyTheSame) {
  // Given a million zeros, which are a thousandth of their size in the file.
  arrow::Int64Builder builder;
  ASSERT_TRUE(builder.AppendValues(std::vector<std::int64_t>(1'000'000, 0)).ok());
  std::string bytes = written(builder.Finish().ValueOrDie());
  ASSERT_LT(bytes.size(), 8'000U);

  EXPECT_EQ(read_all(bytes, {{{"a", Type::int64}}}).size(), 2'000'000U);
}

TEST(ParquetReaderTest, NoDamageCrashes) {
  // Given a file, cut off anywhere or with one bit turned, it is read or refused.
  std::string whole = encoded({orders(0, 50)});
  std::string rows = read_all(whole, {});
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_TRUE(read_all(whole.substr(0, size), {}).starts_with("data_loss: ")) << size;
  }
  int noticed = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; bit += 5) {
    std::string turned = whole;
    turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ 1 << (bit % 8));
    if (read_all(turned, {}) != rows) ++noticed;
  }
  EXPECT_GT(noticed, 0);
}

TEST(ParquetReaderTest, AFileThatCannotBeReadSaysSoItself) {
  auto file = std::make_shared<BytesFile>(encoded({orders(0, 1)}));
  file->failure = Status(ErrorCode::unavailable, "server is gone");
  EXPECT_EQ(read_all(file, {}), "unavailable: orders.parquet: server is gone");
}

}  // namespace
}  // namespace thalweg
