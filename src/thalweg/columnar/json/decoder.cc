// SPDX-License-Identifier: Apache-2.0
#include <simdjson.h>

#include <cstring>

#include "thalweg/columnar/formats/decoded_rows_internal.h"
#include "thalweg/columnar/json/field_order_internal.h"
#include "thalweg/columnar/json/record_pattern_internal.h"
#include "thalweg/columnar/json/value_reader_internal.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

class JsonDecoder final : public RecordDecoder {
 public:
  JsonDecoder(const Schema& wanted, const DecoderOptions& options)
      : rows_(wanted, options), order_(wanted, rows_.corrupt_column()) {}

  [[nodiscard]] std::size_t whole_records(std::string_view bytes, bool last) const override {
    return whole_lines(bytes, last);
  }

  Result<Decoded> decode(const RecordBlock& block) override {
    std::string_view bytes = block.bytes;
    const char* end = bytes.data() + bytes.size();
    THALWEG_TRY(rows_.begin(bytes.size()));
    std::size_t offset = 0;
    while (offset < bytes.size()) {
      rows_.begin_row();
      if (pattern_.is_ready()) {
        const char* next = pattern_.read(bytes.data() + offset, end, rows_);
        if (next != nullptr && !rows_.missing()) {
          rows_.keep_row();
          offset = static_cast<std::size_t>(next - bytes.data());
          continue;
        }
      }
      const void* newline = std::memchr(bytes.data() + offset, '\n', bytes.size() - offset);
      std::size_t line_end =
          newline == nullptr
              ? bytes.size()
              : static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data());
      THALWEG_TRY(decode_line(bytes, offset, line_end - offset));
      offset = line_end + 1;
    }
    return rows_.finish();
  }

  Result<Decoded> decode_each(std::span<const std::string_view> records) override {
    std::size_t bytes = 0;
    for (std::string_view record : records) bytes += record.size();
    THALWEG_TRY(rows_.begin(bytes));
    for (std::size_t i = 0; i < records.size(); ++i) THALWEG_TRY(decode_text(records[i], i));
    return rows_.finish();
  }

 private:
  /// A record that may have line ends within it, and behind which nothing may be read.
  Status decode_text(std::string_view record, std::size_t place) {
    padded_.assign(record);
    padded_ += '\n';
    padded_.append(simdjson::SIMDJSON_PADDING, ' ');
    const char* begin = padded_.data();
    rows_.begin_row();
    if (pattern_.is_ready()) {
      const char* next = pattern_.read(begin, begin + padded_.size(), rows_);
      if (next == begin + record.size() + 1 && !rows_.missing()) {
        rows_.keep_row();
        return {};
      }
    }
    std::string_view text(begin, record.size());
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    rows_.begin_row();
    std::string reason =
        read_record(text, static_cast<std::size_t>(begin + padded_.size() - text.data()));
    if (!reason.empty()) return rows_.reject(record, place, std::move(reason));
    rows_.keep_row();
    pattern_.learn({begin, record.size() + 1}, order_);
    return {};
  }

  Status decode_line(std::string_view block, std::size_t offset, std::size_t length) {
    std::string_view line = block.substr(offset, length);
    if (line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return {};
    rows_.begin_row();
    std::string reason =
        read_record(line, static_cast<std::size_t>(block.data() + block.size() - line.data()));
    if (reason.empty()) {
      rows_.keep_row();
      pattern_.learn(block.substr(offset, length + 1), order_);
      return {};
    }
    if (block.substr(offset, length).ends_with('\r')) --length;
    return rows_.reject(block.substr(offset, length), offset, std::move(reason));
  }

  /// Puts the record's fields into the row. Returns why it is none. `readable_bytes`: from the
  /// record's start on.
  std::string read_record(std::string_view record, std::size_t readable_bytes) {
    if (readable_bytes < record.size() + simdjson::SIMDJSON_PADDING) {
      // At the end of the block: simdjson reads some bytes behind what it parses.
      padded_.assign(record);
      padded_.append(simdjson::SIMDJSON_PADDING, ' ');
      record = std::string_view(padded_).substr(0, record.size());
    }
    simdjson::ondemand::document document;
    simdjson::error_code error =
        parser_.iterate(record, record.size() + simdjson::SIMDJSON_PADDING).get(document);
    if (error != simdjson::SUCCESS) return broken(error);
    simdjson::ondemand::object object;
    error = document.get_object().get(object);
    if (error == simdjson::INCORRECT_TYPE) return "record is no JSON object";
    if (error != simdjson::SUCCESS) return broken(error);
    std::string reason = read_fields(object);
    if (!reason.empty()) return reason;
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return "record is not JSON: something follows the object";
    }
    if (auto missing = rows_.missing()) {
      return "field \"" + rows_.wanted().fields[*missing].name + "\" is missing or null";
    }
    return {};
  }

  std::string read_fields(simdjson::ondemand::object& object) {
    std::size_t place = 0;
    for (auto result : object) {
      simdjson::ondemand::field field;
      simdjson::error_code error = std::move(result).get(field);
      if (error != simdjson::SUCCESS) return broken(error);
      const char* begin = field.key().raw();
      const char* end = begin;
      while (*end != '"' && *end != '\\') ++end;
      std::string_view name(begin, static_cast<std::size_t>(end - begin));
      if (*end == '\\') {
        error = field.unescaped_key().get(name);
        if (error != simdjson::SUCCESS) return broken(error);
      }
      std::size_t column = order_.column_of(place++, name);
      if (column == FieldOrder::none) continue;
      std::string reason = put_json_value(field.value(), name, column, rows_);
      if (!reason.empty()) return reason;
    }
    return {};
  }

  static std::string broken(simdjson::error_code error) {
    return std::string("record is not JSON: ") + simdjson::error_message(error);
  }

  DecodedRows rows_;
  FieldOrder order_;
  RecordPattern pattern_;
  simdjson::ondemand::parser parser_;
  std::string padded_;
};

}  // namespace
}  // namespace thalweg

/// What the main library calls for JSON.
extern "C" thalweg::Status thalweg_make_json_decoder(
    const thalweg::Schema& wanted, const thalweg::DecoderOptions& options,
    std::unique_ptr<thalweg::RecordDecoder>* made) {
  *made = std::make_unique<thalweg::JsonDecoder>(wanted, options);
  return {};
}
