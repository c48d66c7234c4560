// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace thalweg {

/// Thrown by a parser for a record that it can't make sense of: the record becomes a dead letter
/// and the stream goes on. what() is the reason, for a person.
class BadRecord : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Why a record could not be parsed.
struct Unparsed {
  std::string reason;
};

/// A value, or the reason why there is none: what a function given to parse() returns.
///
///     Parsed<Hit> parse_hit(std::string_view line) {
///       if (line.empty()) return Unparsed{"empty line"};
///       return Hit{...};
///     }
template <typename T>
class Parsed {
 public:
  using Value = T;
  Parsed(T value) : outcome_(std::in_place_index<0>, std::move(value)) {}     // NOLINT
  Parsed(Unparsed why) : outcome_(std::in_place_index<1>, std::move(why)) {}  // NOLINT

  [[nodiscard]] bool ok() const { return outcome_.index() == 0; }
  /// REQUIRES: ok().
  T&& value() && { return std::move(*std::get_if<0>(&outcome_)); }
  /// REQUIRES: !ok().
  [[nodiscard]] const std::string& reason() const { return std::get_if<1>(&outcome_)->reason; }

 private:
  std::variant<T, Unparsed> outcome_;
};

}  // namespace thalweg
