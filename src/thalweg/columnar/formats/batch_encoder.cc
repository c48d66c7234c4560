// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/formats/batch_encoder.h"

#include <chrono>
#include <cstdio>
#include <limits>

#include "thalweg/columnar/batch_text.h"
#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/row_encoders_internal.h"
#include "thalweg/columnar/records.h"
#include "thalweg/common/loading/loaded_library.h"

namespace thalweg {
namespace {

class TextEncoder final : public BatchEncoder {
 public:
  Status append(const Batch& batch, std::string& out) override {
    return append_rows_as_text(batch, std::numeric_limits<std::size_t>::max(), out);
  }
  Status finish(std::string&) override { return {}; }
};

Result<std::unique_ptr<BatchEncoder>> make_parquet_encoder() {
  THALWEG_TRY_ASSIGN(void* symbol, loaded_symbol("parquet", "thalweg_make_parquet_encoder"));
  std::unique_ptr<BatchEncoder> encoder;
  THALWEG_TRY(reinterpret_cast<MakeParquetEncoder>(symbol)(&encoder));
  return encoder;
}

}  // namespace

Result<std::unique_ptr<BatchEncoder>> make_encoder(std::string_view format,
                                                   const EncoderOptions& options) {
  if (format == "text") return std::unique_ptr<BatchEncoder>(std::make_unique<TextEncoder>());
  if (format == "json") return make_json_encoder();
  if (format == "csv") return make_csv_encoder(options.csv_header);
  if (format == "parquet") return make_parquet_encoder();
  return Status(ErrorCode::invalid_argument,
                "no format \"" + std::string(format) + "\"; there are: text, json, csv, parquet");
}

std::string_view extension_of_format(std::string_view format) {
  if (format == "json") return ".json";
  if (format == "csv") return ".csv";
  return format == "parquet" ? ".parquet" : ".txt";
}

void append_iso_time(std::int64_t micros, std::string& out) {
  using namespace std::chrono;
  auto at = sys_time<microseconds>(microseconds(micros));
  auto day = floor<days>(at);
  year_month_day date(day);
  hh_mm_ss time(at - day);
  char text[64];
  int size = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  out.append(text, static_cast<std::size_t>(size));
}

std::string row_as_json(const Batch& batch, std::size_t row) {
  std::string text;
  // A type that can't be written leaves nothing; the reason beside the row says what it is.
  (void)make_json_encoder()->append(batch.slice(row, 1), text);
  if (!text.empty()) text.pop_back();
  return text;
}

Result<Batch> in_columns(const Batch& batch) {
  if (!batch.is_text()) return batch;
  std::vector<ColumnBuilder> columns;
  columns.emplace_back(Field{"value", Type::text});
  LineCursor cursor(batch);
  std::string_view line;
  for (std::size_t row = 0; cursor.read(row, 1, &line) == 1; ++row) columns[0].append_text(line);
  return build_batch(std::move(columns));
}

}  // namespace thalweg
