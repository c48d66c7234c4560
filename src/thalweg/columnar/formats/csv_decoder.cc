// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "thalweg/columnar/formats/csv_records_internal.h"
#include "thalweg/columnar/formats/decoded_rows_internal.h"
#include "thalweg/columnar/formats/value_text_internal.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t none = static_cast<std::size_t>(-1);

/// The value's number: a boolean, an integer, a time, or the bits of a float.
bool read_number(std::string_view text, const Field& field, std::int64_t& value) {
  double real = 0;
  switch (field.type) {
    case Type::int64:
      return read_integer(text, value) && value >= field.integer_min && value <= field.integer_max;
    case Type::timestamp_us:
      return read_time(text, value);
    case Type::float64:
      if (!read_real(text, real) && !read_special_real(text, real)) return false;
      value = std::bit_cast<std::int64_t>(real);
      return true;
    case Type::boolean:
      value = read_truth(text).value_or(2);
      return value < 2;
    default:
      return false;
  }
}

class CsvDecoder final : public RecordDecoder {
 public:
  CsvDecoder(const Schema& wanted, const DecoderOptions& options)
      : null_value_(options.csv_null_value),
        multi_line_(options.csv_multi_line),
        header_(options.csv_header),
        rows_(wanted, options),
        records_(options),
        ends_(options) {
    if (header_) return;
    for (std::size_t i = 0; i < wanted.fields.size(); ++i) {
      if (i != rows_.corrupt_column()) columns_.push_back(i);
    }
  }

  [[nodiscard]] std::size_t whole_records(std::string_view bytes, bool last) const override {
    if (last || !multi_line_) return whole_lines(bytes, last);
    // A quote that is open at the end may still be closed, and so may one be that closed there.
    std::size_t whole = 0;
    ends_.begin(bytes.substr(0, bytes.rfind('\n') + 1));
    while (ends_.next() && !ends_.broke_off()) whole = ends_.end();
    return whole;
  }
  [[nodiscard]] bool is_line_wise() const override { return !multi_line_ && !header_; }
  [[nodiscard]] bool needs_head() const override { return header_ && !has_head_; }

  Status read_head(std::string_view bytes) override {
    records_.begin(without_mark(bytes));
    if (!records_.next()) return {};
    return take_header();
  }

  Result<Decoded> decode(const RecordBlock& block) override {
    THALWEG_TRY(rows_.begin(block.bytes.size()));
    std::string_view bytes = without_mark(block.bytes);
    std::size_t skipped = block.bytes.size() - bytes.size();
    records_.begin(bytes);
    while (records_.next()) {
      if (needs_head()) {
        THALWEG_TRY(take_header());
        continue;
      }
      rows_.begin_row();
      std::string reason = read_record();
      if (reason.empty()) {
        rows_.keep_row();
      } else {
        THALWEG_TRY(rows_.reject(bytes.substr(records_.offset(), records_.length()),
                                 skipped + records_.offset(), std::move(reason)));
      }
    }
    return rows_.finish();
  }

  Result<Decoded> decode_each(std::span<const std::string_view> records) override {
    if (header_) {
      return Status(ErrorCode::invalid_argument,
                    "CSV that is not in files has no header; leave out the option");
    }
    std::size_t bytes = 0;
    for (std::string_view record : records) bytes += record.size();
    THALWEG_TRY(rows_.begin(bytes));
    for (std::size_t i = 0; i < records.size(); ++i) {
      records_.begin(records[i]);
      rows_.begin_row();
      std::string reason = records_.next() ? read_record() : "record is empty";
      if (reason.empty() && records_.next()) reason = "record has more than one line";
      if (reason.empty()) {
        rows_.keep_row();
      } else {
        THALWEG_TRY(rows_.reject(records[i], i, std::move(reason)));
      }
    }
    return rows_.finish();
  }

 private:
  static std::string_view without_mark(std::string_view bytes) {
    return bytes.substr(bytes.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
  }

  /// The column that each field goes into.
  Status take_header() {
    if (!records_.problem().empty()) {
      return {ErrorCode::invalid_argument, "header is malformed: " + records_.problem()};
    }
    const Schema& wanted = rows_.wanted();
    std::vector<bool> found(wanted.fields.size());
    std::string names;
    for (std::size_t i = 0; i < records_.field_count(); ++i) {
      names += (i > 0 ? ", " : "") + std::string(records_.field(i));
      std::size_t column = wanted.find(records_.field(i)).value_or(none);
      if (column == rows_.corrupt_column()) column = none;
      columns_.push_back(column);
      if (column == none) continue;
      if (found[column]) {
        return {ErrorCode::invalid_argument,
                "header names a column twice: \"" + wanted.fields[column].name + "\""};
      }
      found[column] = true;
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!found[i] && wanted.fields[i].required) {
        return {ErrorCode::invalid_argument,
                "header lacks the column \"" + wanted.fields[i].name + "\"; it has: " + names};
      }
    }
    has_head_ = true;
    return {};
  }

  /// Puts the record's fields into the row. Returns why it is none.
  std::string read_record() {
    if (!records_.problem().empty()) return records_.problem();
    if (records_.field_count() != columns_.size()) {
      return "record has " + std::to_string(records_.field_count()) + " fields, not " +
             std::to_string(columns_.size());
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] == none) continue;
      if (!put_field(i, columns_[i])) {
        const Field& field = rows_.wanted().fields[columns_[i]];
        return "field \"" + field.name + "\" is no " + std::string(to_string(field.type)) + ": " +
               excerpt(records_.field(i));
      }
    }
    if (auto missing = rows_.missing()) {
      return "field \"" + rows_.wanted().fields[*missing].name + "\" is missing or null";
    }
    return {};
  }

  bool put_field(std::size_t index, std::size_t column) {
    std::string_view text = records_.field(index);
    if (!records_.was_quoted(index) && text == null_value_) return true;
    const Field& field = rows_.wanted().fields[column];
    if (field.type == Type::text || field.type == Type::bytes) {
      rows_.put_text(column, text);
      return true;
    }
    std::int64_t value = 0;
    if (!read_number(text, field, value)) return false;
    rows_.put_number(column, value);
    return true;
  }

  const std::string null_value_;
  const bool multi_line_;
  const bool header_;
  bool has_head_ = false;
  DecodedRows rows_;
  CsvRecords records_;
  mutable CsvRecords ends_;
  /// Of each field: where it goes.
  std::vector<std::size_t> columns_;
};

}  // namespace

Result<std::unique_ptr<RecordDecoder>> make_csv_decoder(const Schema& wanted,
                                                        const DecoderOptions& options) {
  THALWEG_TRY(check_wanted("csv", wanted, options));
  const std::string& separator = options.csv_separator;
  if (separator.empty() || separator.find_first_of("\r\n") != std::string::npos ||
      (options.csv_quote != 0 && separator.find(options.csv_quote) != std::string::npos)) {
    return Status(
        ErrorCode::invalid_argument,
        "separator of CSV is empty, or holds a line end or the quote: " + excerpt(separator));
  }
  return std::unique_ptr<RecordDecoder>(std::make_unique<CsvDecoder>(wanted, options));
}

}  // namespace thalweg
