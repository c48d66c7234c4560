// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include <arrow/result.h>
#include <arrow/util/base64.h>

#include "thalweg/columnar/formats/value_text_internal.h"
#include "thalweg/columnar/json/field_order_internal.h"
#include "thalweg/columnar/json/value_reader_internal.h"
#include "thalweg/common/text.h"

namespace thalweg {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

/// Microseconds in a second: a timestamp that is a number counts seconds, as in Spark.
constexpr std::int64_t micros_per_second = 1'000'000;

std::string_view trimmed(std::string_view text) {
  std::size_t end = text.find_last_not_of(" \t\r\n");
  return text.substr(0, end + 1);
}

std::string wrong_value(std::string_view name, Type type, std::string_view text) {
  return "field \"" + std::string(name) + "\" is no " + std::string(to_string(type)) + ": " +
         excerpt(text);
}

std::string broken_value(std::string_view name, simdjson::error_code error) {
  return "field \"" + std::string(name) + "\" is no JSON: " + simdjson::error_message(error);
}

bool put_base64(std::string_view text, std::size_t column, DecodedRows& rows) {
  std::size_t end = text.find_last_not_of('=') + 1;
  bool is_base64 = text.size() % 4 == 0 && text.size() - end <= 2 &&
                   text.substr(0, end).find_first_not_of(
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") ==
                       std::string_view::npos;
  if (!is_base64) return false;
  // Older versions of Arrow return a text and check nothing.
  arrow::Result<std::string> decoded = arrow::util::base64_decode(text);
  if (!decoded.ok()) return false;
  rows.put_text(column, *decoded);
  return true;
}

/// A number, as its token stands in the record.
bool put_number(std::string_view token, std::size_t column, DecodedRows& rows) {
  const Field& field = rows.wanted().fields[column];
  std::int64_t integer = 0;
  double real = 0;
  switch (field.type) {
    case Type::int64:
      if (!read_integer(token, integer) || integer < field.integer_min ||
          integer > field.integer_max) {
        return false;
      }
      break;
    case Type::timestamp_us:
      if (!read_integer(token, integer) ||
          __builtin_mul_overflow(integer, micros_per_second, &integer)) {
        return false;
      }
      break;
    case Type::float64:
      if (!read_real(token, real)) return false;
      integer = std::bit_cast<std::int64_t>(real);
      break;
    default:
      return false;
  }
  rows.put_number(column, integer);
  return true;
}

/// True where `token` is a number as JSON has it: no sign '+', no zero before a digit, digits
/// before and after the point.
bool is_json_number(std::string_view token) {
  std::size_t at = token.starts_with('-') ? 1 : 0;
  auto digits = [&] {
    std::size_t begin = at;
    while (at < token.size() && token[at] >= '0' && token[at] <= '9') ++at;
    return at - begin;
  };
  std::size_t first = at;
  std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && token[first] == '0')) return false;
  if (at < token.size() && token[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == token.size();
}

std::string put_scalar(value given, json_type type, std::string_view name, std::size_t column,
                       DecodedRows& rows) {
  Type wanted = rows.wanted().fields[column].type;
  std::string_view token = trimmed(given.raw_json_token());
  bool put = false;
  if (type == json_type::number) {
    if (!is_json_number(token)) return broken_value(name, simdjson::NUMBER_ERROR);
    if (wanted == Type::text) {
      rows.put_text(column, token);
      return {};
    }
    put = put_number(token, column, rows);
  } else {
    bool truth = false;
    simdjson::error_code error = given.get_bool().get(truth);
    if (error != simdjson::SUCCESS) return broken_value(name, error);
    put = wanted == Type::text || wanted == Type::boolean;
    if (wanted == Type::text) rows.put_text(column, token);
    if (wanted == Type::boolean) rows.put_number(column, truth ? 1 : 0);
  }
  return put ? std::string() : wrong_value(name, wanted, token);
}

/// An object or an array: its text, for a column of text.
std::string put_nested(value given, std::string_view name, std::size_t column, DecodedRows& rows) {
  Type wanted = rows.wanted().fields[column].type;
  if (wanted != Type::text) return wrong_value(name, wanted, "an object or an array");
  std::string_view text;
  simdjson::error_code error = simdjson::to_json_string(given).get(text);
  if (error != simdjson::SUCCESS) return broken_value(name, error);
  rows.put_text(column, trimmed(text));
  return {};
}

}  // namespace

bool put_json_text(std::string_view text, std::size_t column, DecodedRows& rows) {
  double real = 0;
  std::int64_t micros = 0;
  switch (rows.wanted().fields[column].type) {
    case Type::text:
      rows.put_text(column, text);
      return true;
    case Type::bytes:
      return put_base64(text, column, rows);
    case Type::float64:
      if (!read_special_real(text, real)) return false;
      rows.put_number(column, std::bit_cast<std::int64_t>(real));
      return true;
    case Type::timestamp_us:
      if (!read_time(text, micros)) return false;
      rows.put_number(column, micros);
      return true;
    default:
      return false;
  }
}

bool put_json_token(std::string_view token, std::size_t column, DecodedRows& rows) {
  bool is_truth = token == "true" || token == "false";
  bool is_null = token == "null";
  if (!is_truth && !is_null && !is_json_number(token)) return false;
  if (column == FieldOrder::none) return true;
  Type wanted = rows.wanted().fields[column].type;
  if (is_null) {
    rows.put_null(column);
  } else if (wanted == Type::text) {
    rows.put_text(column, token);
  } else if (is_truth) {
    if (wanted != Type::boolean) return false;
    rows.put_number(column, token == "true" ? 1 : 0);
  } else {
    return put_number(token, column, rows);
  }
  return true;
}

std::string put_json_value(value given, std::string_view name, std::size_t column,
                           DecodedRows& rows) {
  json_type type{};
  simdjson::error_code error = given.type().get(type);
  if (error != simdjson::SUCCESS) return broken_value(name, error);
  switch (type) {
    case json_type::string: {
      std::string_view text;
      error = given.get_string().get(text);
      if (error != simdjson::SUCCESS) return broken_value(name, error);
      if (put_json_text(text, column, rows)) return {};
      return wrong_value(name, rows.wanted().fields[column].type, text);
    }
    case json_type::null: {
      bool is_null = false;
      error = given.is_null().get(is_null);
      if (error == simdjson::SUCCESS && !is_null) error = simdjson::N_ATOM_ERROR;
      if (error != simdjson::SUCCESS) return broken_value(name, error);
      rows.put_null(column);
      return {};
    }
    case json_type::number:
    case json_type::boolean:
      return put_scalar(given, type, name, column, rows);
    default:
      return put_nested(given, name, column, rows);
  }
}

}  // namespace thalweg
