// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/cell_text_internal.h"
#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/row_encoders_internal.h"

namespace thalweg {
namespace {

void append_csv_text(std::string_view text, std::string& out) {
  if (!text.empty() && text.find_first_of("\",\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_csv_value(const Column& column, std::size_t row, std::string& out) {
  if (append_scalar(column, row, out)) return;
  if (column.type == Type::timestamp_us) {
    append_iso_time(column.integer(row), out);
  } else {
    append_csv_text(column.text(row), out);
  }
}

class CsvEncoder final : public BatchEncoder {
 public:
  explicit CsvEncoder(bool header) : header_(header) {}

  Status append(const Batch& given, std::string& out) override {
    THALWEG_TRY_ASSIGN(Batch batch, in_columns(given));
    THALWEG_TRY_ASSIGN(Schema schema, schema_of(batch));
    THALWEG_TRY_ASSIGN(auto columns, columns_of(batch));
    if (!began_) {
      schema_ = schema;
      if (header_) append_header(out);
      began_ = true;
    }
    if (schema != schema_) {
      return {ErrorCode::invalid_argument, "a CSV file has the same columns in every row: it has " +
                                               to_string(schema_) + ", got " + to_string(schema)};
    }
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) out += ',';
        if (!columns[i].is_null(row)) append_csv_value(columns[i], row, out);
      }
      out += '\n';
    }
    return {};
  }
  Status finish(std::string&) override { return {}; }

 private:
  void append_header(std::string& out) const {
    for (std::size_t i = 0; i < schema_.fields.size(); ++i) {
      if (i > 0) out += ',';
      append_csv_text(schema_.fields[i].name, out);
    }
    out += '\n';
  }

  const bool header_;
  bool began_ = false;
  Schema schema_;
};

}  // namespace

std::unique_ptr<BatchEncoder> make_csv_encoder(bool header) {
  return std::make_unique<CsvEncoder>(header);
}

}  // namespace thalweg
