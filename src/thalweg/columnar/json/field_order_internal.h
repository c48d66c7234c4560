// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/columnar/schema.h"

namespace thalweg {

/// Which column a field goes into. The next record is likely to have the fields of the one before,
/// in their order: that is looked at first. One thread.
class FieldOrder {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  /// Fields behind these are looked up each time.
  static constexpr std::size_t fields_max = 256;

  /// `left_out`: the column that no field goes into.
  FieldOrder(const Schema& wanted, std::optional<std::size_t> left_out);

  /// The column of the field number `place` of a record, or none.
  std::size_t column_of(std::size_t place, std::string_view name) {
    if (place < seen_.size() && seen_[place].name == name) return seen_[place].column;
    return look_up(place, name);
  }
  [[nodiscard]] std::size_t find(std::string_view name) const;

 private:
  struct Named {
    std::string name;
    std::size_t column;
  };

  std::size_t look_up(std::size_t place, std::string_view name);

  std::vector<Named> wanted_;
  std::vector<Named> seen_;
};

}  // namespace thalweg
