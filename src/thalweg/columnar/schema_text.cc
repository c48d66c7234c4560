// SPDX-License-Identifier: Apache-2.0
#include "thalweg/columnar/schema_text.h"

#include <algorithm>
#include <limits>

#include "thalweg/common/text.h"

namespace thalweg {
namespace {

/// A type by one of its names, with what its integers can be.
struct NamedType {
  std::string_view name;
  Type type;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

constexpr NamedType types[] = {
    {"boolean", Type::boolean},
    {"tinyint", Type::int64, -128, 127},
    {"byte", Type::int64, -128, 127},
    {"smallint", Type::int64, -32768, 32767},
    {"short", Type::int64, -32768, 32767},
    {"int", Type::int64, -2147483648LL, 2147483647},
    {"integer", Type::int64, -2147483648LL, 2147483647},
    {"bigint", Type::int64},
    {"long", Type::int64},
    {"int64", Type::int64},
    {"float", Type::float64},
    {"real", Type::float64},
    {"double", Type::float64},
    {"float64", Type::float64},
    {"string", Type::text},
    {"text", Type::text},
    {"binary", Type::bytes},
    {"bytes", Type::bytes},
    {"timestamp", Type::timestamp_us},
    {"timestamp_us", Type::timestamp_us},
};

Status refused(std::string_view what, std::string_view column) {
  return {ErrorCode::invalid_argument,
          "schema: " + std::string(what) + ": " + excerpt(column) +
              "; write columns like: id bigint not null, name string, price double"};
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Takes a word off the front: up to a space or colon, or between backticks.
std::string take_word(std::string_view& text) {
  while (!text.empty() && (is_space(text[0]) || text[0] == ':')) text.remove_prefix(1);
  std::string word;
  if (text.starts_with('`')) {
    std::size_t end = std::min(text.find('`', 1), text.size());
    word = text.substr(1, end - 1);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
  }
  while (!text.empty() && !is_space(text[0]) && text[0] != ':') {
    word += text[0];
    text.remove_prefix(1);
  }
  return word;
}

std::string lower(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return word;
}

Result<Field> parse_field(std::string_view text) {
  std::string_view rest = text;
  Field field;
  field.name = take_word(rest);
  std::string type = lower(take_word(rest));
  const auto* known = std::find_if(std::begin(types), std::end(types),
                                   [&](const NamedType& named) { return named.name == type; });
  if (field.name.empty() || type.empty()) return refused("a column lacks its name or type", text);
  if (known == std::end(types)) return refused("no such type", text);
  field.type = known->type;
  field.integer_min = known->min;
  field.integer_max = known->max;
  std::string more = lower(take_word(rest));
  if (more == "not" && lower(take_word(rest)) == "null") {
    field.required = true;
    more = take_word(rest);
  }
  if (!more.empty()) return refused("what stands behind a type", text);
  return field;
}

/// Where the column ends that `text` begins with.
std::size_t end_of_column(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') quoted = !quoted;
    if (text[i] == ',' && !quoted) return i;
  }
  return text.size();
}

}  // namespace

Result<Schema> parse_schema(std::string_view text) {
  Schema schema;
  while (true) {
    std::size_t end = end_of_column(text);
    THALWEG_TRY_ASSIGN(Field field, parse_field(text.substr(0, end)));
    if (schema.find(field.name)) return refused("a column is there twice", field.name);
    schema.fields.push_back(std::move(field));
    if (end == text.size()) return schema;
    text.remove_prefix(end + 1);
  }
}

}  // namespace thalweg
