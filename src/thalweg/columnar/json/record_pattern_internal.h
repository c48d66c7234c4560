// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/columnar/formats/decoded_rows_internal.h"
#include "thalweg/columnar/json/field_order_internal.h"

namespace thalweg {

/// The bytes that stand around the values of a record. The next record is likely to have the same
/// ones, since one program wrote them all: then its values are found by comparing, which takes half
/// the time of parsing. What is not exactly so, byte by byte, is left to the parser: values within
/// values, escapes, bytes that are not ASCII, other fields, another order. One thread.
class RecordPattern {
 public:
  /// After so many records of which none was like the one before it, the next `rest_records` are
  /// not tried.
  static constexpr int misses_max = 8;
  static constexpr int rest_records = 1000;
  static constexpr std::size_t fields_max = 64;

  /// Takes the pattern of `line`, a record that was parsed, with its '\n'.
  void learn(std::string_view line, const FieldOrder& order);

  /// True when read() is worth its time.
  bool is_ready() {
    if (rest_ > 0) --rest_;
    return rest_ == 0 && !parts_.empty();
  }

  /// Puts the values of the record at `begin` into the row under way. Returns where the next line
  /// begins; null, with some values put, when the record is not like the one learned. Bytes up to
  /// `end` may be read.
  const char* read(const char* begin, const char* end, DecodedRows& rows);

 private:
  /// Bytes that are compared 16 at once.
  struct Literal {
    std::string padded;
    std::size_t size = 0;
    std::uint32_t last_bits = 0;  ///< Which bytes of the last 16 count.
  };
  /// What stands before a value, and the value.
  struct Part {
    Literal before;
    bool is_text = false;
    std::size_t column = FieldOrder::none;
    Type type = Type::text;
  };

  static Literal literal_of(std::string_view bytes);
  static bool matches(const Literal& literal, const char* at);
  const char* read_parts(const char* at, const char* end, DecodedRows& rows) const;
  bool take_parts(std::string_view line, const FieldOrder& order);

  std::vector<Part> parts_;
  Literal tail_;
  int misses_ = 0;
  int rest_ = 0;
};

}  // namespace thalweg
