// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <vector>

#include <arrow/util/base64.h>

#include "thalweg/columnar/cell_text_internal.h"
#include "thalweg/columnar/column.h"
#include "thalweg/columnar/formats/row_encoders_internal.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

/// How many bytes the UTF-8 character has that `text` begins with; 0 where it begins with none.
std::size_t character_bytes(std::string_view text) {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (is_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

void append_escaped(char c, std::string& out) {
  constexpr char digits[] = "0123456789abcdef";
  auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '"':
    case '\\':
      out += {'\\', c};
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (byte < 0x20) {
        out += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
      } else {
        out += c;
      }
  }
}

void append_json_text(std::string_view text, std::string& out) {
  out += '"';
  bool well_formed = is_utf8(text);
  while (!text.empty()) {
    std::size_t size = well_formed ? 1 : character_bytes(text);
    if (size == 0) {
      out += "\xEF\xBF\xBD";
      size = 1;
    } else if (size == 1) {
      append_escaped(text.front(), out);
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  out += '"';
}

/// What JSON has no number for.
std::string_view name_of(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

void append_json_value(const Column& column, std::size_t row, std::string& out) {
  if (column.type == Type::float64 && !std::isfinite(column.real(row))) {
    out += name_of(column.real(row));
  } else if (append_scalar(column, row, out)) {
    return;
  } else if (column.type == Type::text) {
    append_json_text(column.text(row), out);
  } else {
    out += '"';
    if (column.type == Type::timestamp_us) {
      append_iso_time(column.integer(row), out);
    } else {
      out += arrow::util::base64_encode(column.text(row));
    }
    out += '"';
  }
}

class JsonEncoder final : public BatchEncoder {
 public:
  Status append(const Batch& given, std::string& out) override {
    THALWEG_TRY_ASSIGN(Batch batch, in_columns(given));
    THALWEG_TRY_ASSIGN(Schema schema, schema_of(batch));
    THALWEG_TRY_ASSIGN(auto columns, columns_of(batch));
    std::vector<std::string> names;
    for (const auto& field : schema.fields) {
      append_json_text(field.name, names.emplace_back());
      names.back() += ':';
    }
    for (std::size_t row = 0; row < batch.row_count(); ++row) {
      char before = '{';
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].is_null(row)) continue;
        out += before;
        before = ',';
        out += names[i];
        append_json_value(columns[i], row, out);
      }
      out += before == '{' ? "{}\n" : "}\n";
    }
    return {};
  }
  Status finish(std::string&) override { return {}; }
};

}  // namespace

std::unique_ptr<BatchEncoder> make_json_encoder() { return std::make_unique<JsonEncoder>(); }

}  // namespace thalweg
